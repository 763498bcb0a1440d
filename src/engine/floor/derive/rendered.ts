import { decoded as decodedLiteral } from '../../evaluation/derivation/render.ts';
import type {
  DerivationTemplate,
  Reference,
  TemplateExpression,
  UrlTemplate,
} from '../../policy/template.ts';
import { encodeKeyword, encodeUserinfo } from '../../uri/encode.ts';
import { type Cel, quote, when } from '../cel.ts';
import type { BaseKey } from './base-keys.ts';

/** The value of a base key in a template: its text, and its value in base64 to see whether there is one. */
export interface FilledReference {
  readonly text: Cel;
  readonly value: Cel;
}

type Fill = (base: BaseKey) => FilledReference;

/** How a value is spelled in its place. `fixed` spells a text of the template now. */
interface Spelling {
  readonly value: (text: Cel, base: BaseKey) => Cel;
  readonly fixed: (text: string) => string;
}

/** A URL encodes three characters of a certain value. Only a secret holds them. */
const IN_URL: Spelling = {
  value: (text, { isSecret }) =>
    isSecret ? `${text}.replace('/', '%2F').replace('+', '%2B').replace('=', '%3D')` : text,
  fixed: encodeUserinfo,
};

const IN_KEYWORD: Spelling = {
  value: (text, { isSecret }) =>
    isSecret ? when(`${text}.contains('=')`, `'\\'' + ${text} + '\\''`, text) : text,
  fixed: encodeKeyword,
};

const PLAIN: Spelling = { value: (text) => text, fixed: (text) => text };

/** `text` is the rendered template, with the values that `fill` gives. */
export function rendered(template: DerivationTemplate, bases: ReadonlyMap<string, BaseKey>, fill: Fill): Cel {
  const { url, whole, encoding } = template;
  if (url !== undefined) return renderedUrl(url, bases, fill);
  const spelling = encoding === 'uri' ? IN_URL : encoding === 'keyword' ? IN_KEYWORD : PLAIN;
  return joined(whole, spelling, bases, fill, (literal) => literal);
}

/** The order of `buildUrl`. */
function renderedUrl(
  { scheme, parts, params }: UrlTemplate,
  bases: ReadonlyMap<string, BaseKey>,
  fill: Fill,
): Cel {
  const part = (name: 'user' | 'password' | 'host' | 'port' | 'database', before = ''): readonly Cel[] => {
    const expression = parts.get(name);
    if (expression === undefined) return [];
    const text = joined(expression, IN_URL, bases, fill, (literal) =>
      encodeUserinfo(decodedLiteral(literal)),
    );
    return before === '' ? [text] : [quote(before), text];
  };
  const login = [...part('user'), ...part('password', ':')];
  const query = [...params].flatMap(([name, expression], at) => [
    quote(`${at === 0 ? '?' : '&'}${name}=`),
    joined(expression, IN_URL, bases, fill, (literal) => literal),
  ]);
  return [
    quote(`${scheme}://`),
    ...(login.length === 0 ? [] : [...login, quote('@')]),
    ...part('host'),
    ...part('port', ':'),
    ...part('database', '/'),
    ...query,
  ].join(' + ');
}

function joined(
  expression: TemplateExpression,
  spelling: Spelling,
  bases: ReadonlyMap<string, BaseKey>,
  fill: Fill,
  literal: (text: string) => string,
): Cel {
  const pieces = expression.map((piece) =>
    typeof piece === 'string' ? quote(literal(piece)) : filled(piece, spelling, bases, fill),
  );
  return pieces.length === 0 ? "''" : pieces.join(' + ');
}

function filled(
  { name, fallback }: Reference,
  spelling: Spelling,
  bases: ReadonlyMap<string, BaseKey>,
  fill: Fill,
): Cel {
  const base = bases.get(name)!;
  const { text, value } = fill(base);
  const spelled = spelling.value(text, base);
  return fallback === undefined ? spelled : when(`${value} == ''`, quote(spelling.fixed(fallback)), spelled);
}

const PRINTABLE = /^[ -~]*$/;
const HOST = /^[A-Za-z0-9._-]*$/;

/** The reason why the admission policy can't render the template. Undefined if it can. */
export function templateFault({ whole, url, encoding }: DerivationTemplate): string | undefined {
  if (encoding === 'lines') return 'its template has several lines';
  const texts = (expression: TemplateExpression): readonly string[] =>
    expression.map((piece) => (typeof piece === 'string' ? piece : (piece.fallback ?? '')));
  if (!texts(whole).every((text) => PRINTABLE.test(text)))
    return 'its template has characters outside printable ASCII';
  if (!texts(url?.parts.get('host') ?? []).every((text) => HOST.test(text)))
    return 'its template names several hosts, or an address in brackets';
  return undefined;
}
