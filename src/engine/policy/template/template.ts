import { systemOf } from '../../value/systems/scheme.ts';
import type { PartName } from '../../value/uri/connection.ts';
import { fitsPlace, type LinePlace, linePlace } from './template-lines.ts';
import { type UnquotedForm, unquotedTextAt } from './unquoted-text.ts';

/** `${NAME}` or `${NAME:-fallback}`. */
export interface Reference {
  readonly name: string;
  readonly fallback: string | undefined;
  /** Only in a template with several lines. */
  readonly place?: LinePlace;
  /** The text of the file that the value is in, if it has no quotes there. */
  readonly unquoted?: UnquotedExpression;
}

interface UnquotedExpression {
  readonly form: UnquotedForm;
  readonly text: TemplateExpression;
}

/** Literal text and references, in order. */
export type TemplateExpression = readonly (string | Reference)[];

/**
 * The encoding of a substituted value: percent-encoded in a URL or JDBC string, quoted in a libpq keyword string,
 * unchanged in plain text. In a text with several lines the place of each value decides.
 */
export type ValueEncoding = 'uri' | 'keyword' | 'plain' | 'lines';

export interface DerivationTemplate {
  readonly whole: TemplateExpression;
  readonly references: readonly Reference[];
  readonly encoding: ValueEncoding;
  /** Undefined if the template is not a URL: then the derived value always equals the template. */
  readonly url: UrlTemplate | undefined;
}

export interface UrlTemplate {
  readonly scheme: string;
  readonly system: string;
  readonly parts: ReadonlyMap<PartName, TemplateExpression>;
  readonly params: ReadonlyMap<string, TemplateExpression>;
}

const REFERENCE = /\$\{([-._a-zA-Z0-9]+?)(?::-([^{}]*))?\}/g;
const URL_SHAPE = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;

/** `key` is the derived key. Throws an error with a sentence about the template if it can't be parsed. */
export function parseTemplate(text: string, key = ''): DerivationTemplate {
  const references: Reference[] = [];
  // Each reference becomes one private-use character, so only the punctuation of the template splits a URL.
  const opaque = text.replace(REFERENCE, (_, name: string, fallback: string | undefined) => {
    references.push({ name, fallback });
    return String.fromCharCode(FIRST_MARK + references.length - 1);
  });
  if (references.length > MAX_REFERENCES) throw new Error(`names more than ${MAX_REFERENCES} keys`);
  const stray = opaque.indexOf('${');
  if (stray >= 0) throw new Error('has a "${" that is no ${KEY} or ${KEY:-default}');
  if (/[\0-\x08\x0b-\x1f\x7f\ue000-\ue03f]/.test(text)) throw new Error('holds a control character');
  if (/[\n\t]/.test(opaque)) return linesTemplate(opaque, references, key);
  const expression = (part: string): TemplateExpression => split(part, references);
  const url = urlTemplate(opaque, expression);
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(opaque);
  if (isUrl && (url === undefined || url.parts.size === 0)) throw new Error('begins like a URL and is none');
  return { whole: expression(opaque), references, encoding: encodingOf(opaque), url };
}

/** A text with several lines is a file, and no URL. */
function linesTemplate(opaque: string, references: readonly Reference[], key: string): DerivationTemplate {
  if (/^(?:jdbc:|[a-z][a-z0-9+.-]*:\/\/)/i.test(opaque))
    throw new Error('begins like a URL and has more than one line');
  if (!/\n./.test(opaque)) throw new Error('has one line and ends with a line break, or holds a tab');
  /** By their offsets. Many values may stand in one text. */
  const texts = new Map<string, TemplateExpression>();
  const placed = references.map((reference, index) => {
    const at = opaque.indexOf(String.fromCharCode(FIRST_MARK + index));
    const lineStart = opaque.lastIndexOf('\n', at) + 1;
    const [line = ''] = opaque.slice(lineStart).split('\n', 1);
    const place = linePlace(line.slice(0, at - lineStart), line.slice(at + 1 - lineStart));
    if (
      reference.fallback !== undefined &&
      (!fitsPlace(reference.fallback, place) || /\n/.test(reference.fallback))
    )
      throw new Error(`has a default of \${${reference.name}} that its place can not hold`);
    if (place !== 'unquoted') return { ...reference, place };
    const { form, start, end } = unquotedTextAt(line, at - lineStart, opaque, key);
    const id = `${lineStart + start} ${lineStart + end}`;
    const unquotedText = texts.get(id) ?? split(line.slice(start, end), references);
    texts.set(id, unquotedText);
    return { ...reference, place, unquoted: { form, text: unquotedText } };
  });
  return { whole: split(opaque, placed), references: placed, encoding: 'lines', url: undefined };
}

/** A part of a URL that stands alone. Throws the same errors. */
export const parseExpression = (text: string): TemplateExpression => parseTemplate(text).whole;

const FIRST_MARK = 0xe000;
const MAX_REFERENCES = 64;
/** One private-use character for each possible reference of a template. The capture group keeps them in a split. */
const MARKS = /([\ue000-\ue03f])/;

function split(part: string, references: readonly Reference[]): TemplateExpression {
  return part
    .split(MARKS)
    .filter((piece) => piece !== '')
    .map((piece) => references[piece.charCodeAt(0) - FIRST_MARK] ?? piece);
}

function encodingOf(opaque: string): ValueEncoding {
  if (/^jdbc:/i.test(opaque) || URL_SHAPE.test(opaque)) return 'uri';
  return /(^|\s)(host|hostaddr|dbname|user|password)\s*=/.test(opaque) ? 'keyword' : 'plain';
}

function urlTemplate(
  opaque: string,
  expression: (part: string) => TemplateExpression,
): UrlTemplate | undefined {
  const shape = URL_SHAPE.exec(opaque);
  if (shape === null) return undefined;
  const [, scheme = '', userinfo, authority = '', database, query] = shape;
  const parts = new Map<PartName, TemplateExpression>();
  const set = (name: PartName, part: string | undefined): void => {
    if (part !== undefined && part !== '') parts.set(name, expression(part));
  };
  const colon = userinfo?.indexOf(':') ?? -1;
  set('user', colon < 0 ? userinfo : userinfo?.slice(0, colon));
  set('password', colon < 0 ? undefined : userinfo?.slice(colon + 1));
  const port = authority.startsWith('[')
    ? authority.indexOf(':', authority.indexOf(']'))
    : authority.lastIndexOf(':');
  set('host', port < 0 ? authority : authority.slice(0, port));
  set('port', port < 0 ? undefined : authority.slice(port + 1));
  set('database', database);
  const params = new Map<string, TemplateExpression>();
  for (const pair of query?.split('&') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0) params.set(pair.slice(0, equals), expression(pair.slice(equals + 1)));
  }
  return { scheme, system: systemOf(scheme), parts, params };
}

export function referencesOf(expression: TemplateExpression): readonly Reference[] {
  return expression.filter((piece): piece is Reference => typeof piece !== 'string');
}
