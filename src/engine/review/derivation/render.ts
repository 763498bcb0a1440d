import {
  type DerivationTemplate,
  type Reference,
  referencesOf,
  type TemplateExpression,
  type UrlTemplate,
  type ValueEncoding,
} from '../../policy/template/template.ts';
import { fitsPlace } from '../../policy/template/template-lines.ts';
import { isReadAsWritten } from '../../policy/template/unquoted-text.ts';
import type { Plaintext } from '../../secret/sensitive.ts';
import type { PartName } from '../../value/uri/connection.ts';
import { buildUrl, encodeKeyword, encodeUserinfo } from '../../value/uri/encode.ts';
import { type Evaluation, keyByName, valueByName } from '../evaluation/evaluation.ts';

/**
 * The text of a template with every reference filled in and encoded for its position. If it replaces a URL of JDBC, it
 * is one too.
 */
export function renderWhole(evaluation: Evaluation, template: DerivationTemplate, replaced = ''): string {
  const isJdbc = /^jdbc:/i.test(replaced) && template.url?.system === 'postgres';
  if (template.url !== undefined)
    return isJdbc ? renderJdbcUrl(evaluation, template.url, replaced) : renderUrl(evaluation, template.url);
  return render(evaluation, template.whole, SPELLINGS[template.encoding]);
}

type Spelling = (text: string, reference: Reference) => string;

const asIs: Spelling = (text) => text;

const SPELLINGS: Readonly<Record<ValueEncoding, Spelling>> = {
  uri: encodeUserinfo,
  keyword: encodeKeyword,
  plain: asIs,
  lines: (text, { place }) => (place === 'url' ? encodeUserinfo(text) : text),
};

/** The base keys with a value that the template can't hold. */
export interface UnquotableKeys {
  readonly by: readonly string[];
  /** Each value stays in its place, and a reader of the file takes it for a number, a date or another word. */
  readonly isMisread: boolean;
}

/** Undefined if the template holds each value: none ends a quotation, a line or an entry of a file. */
export function unquotableKeys(
  evaluation: Evaluation,
  { references }: DerivationTemplate,
): UnquotableKeys | undefined {
  const cut = new Set<string>();
  const misread = new Set<string>();
  for (const { name, place, unquoted } of references) {
    const value = valueByName(evaluation, name);
    if (value === undefined) continue;
    const isHeld = value.withPlaintext(
      ({ text }) => text !== undefined && (place === undefined || fitsPlace(text, place)),
    );
    if (!isHeld) cut.add(keyByName(evaluation, name));
    else if (unquoted !== undefined && !value.isEmpty) {
      const text = render(evaluation, unquoted.text, asIs);
      const { form } = unquoted;
      if (!isReadAsWritten(text, form)) (form === 'field' ? cut : misread).add(keyByName(evaluation, name));
    }
  }
  const by = cut.size > 0 ? cut : misread;
  return by.size === 0 ? undefined : { by: [...by], isMisread: cut.size === 0 };
}

/** The login is in the query if it was there. A program can also get it from other keys. */
function renderJdbcUrl(evaluation: Evaluation, { parts }: UrlTemplate, replaced: string): string {
  const { user, password, ...server } = plainParts(evaluation, parts);
  const login = `user=${encodeUserinfo(user ?? '')}&password=${encodeUserinfo(password ?? '')}`;
  const hasLogin = /[?&](?:user|password)=/.test(replaced);
  return buildUrl({ scheme: 'jdbc:postgresql', ...server, query: hasLogin ? login : '' });
}

function plainParts(evaluation: Evaluation, parts: UrlTemplate['parts']) {
  const plain: Partial<Record<PartName, string | undefined>> = {};
  for (const [part, expression] of parts) plain[part] = expectedPart(evaluation, expression);
  return plain;
}

function renderUrl(evaluation: Evaluation, { scheme, parts, params }: UrlTemplate): string {
  const plain = plainParts(evaluation, parts);
  const query = [...params].map(
    ([name, expression]) => `${name}=${render(evaluation, expression, encodeUserinfo)}`,
  );
  return buildUrl({ scheme, ...plain, query: query.join('&') });
}

function render(evaluation: Evaluation, expression: TemplateExpression, spell: Spelling): string {
  return expression
    .map((piece) =>
      typeof piece === 'string'
        ? piece
        : spell(textByName(evaluation, piece.name) ?? piece.fallback ?? '', piece),
    )
    .join('');
}

/** A part is bound if its template names a key that the Secret holds. */
export function isBound(evaluation: Evaluation, expression: TemplateExpression): boolean {
  for (const piece of expression)
    if (typeof piece !== 'string' && valueByName(evaluation, piece.name) !== undefined) return true;
  return false;
}

/**
 * The plain value that a part of a URL must have, by the present values or by earlier `data`. Undefined if a name
 * without a default is missing.
 */
export function expectedPart(
  evaluation: Evaluation,
  expression: TemplateExpression,
  data = evaluation.data,
): string | undefined {
  let expected = '';
  for (const piece of expression) {
    const text =
      typeof piece === 'string'
        ? decoded(piece)
        : (textByName(evaluation, piece.name, data) ?? piece.fallback);
    if (text === undefined) return undefined;
    expected += text;
  }
  return expected;
}

/** Literal text in a URL template is encoded already. */
export function decoded(literal: string): string {
  if (!literal.includes('%')) return literal;
  try {
    return decodeURIComponent(literal);
  } catch {
    return literal;
  }
}

function textByName(evaluation: Evaluation, name: string, data = evaluation.data): string | undefined {
  const key = data === evaluation.data ? keyByName(evaluation, name) : keyIn(evaluation, name, data);
  const value = data.get(key);
  return value === undefined || value.isEmpty ? undefined : value.withPlaintext(textOf);
}

/** The spelling of a base key in earlier data, which may be another one: a write can rename a key. */
function keyIn({ byName }: Evaluation, name: string, data: Evaluation['data']): string {
  const managed = byName.get(name);
  if (managed === undefined || data.has(managed.key)) return managed?.key ?? name;
  const { entry } = managed;
  return [entry.name, ...entry.aliases].find((one) => data.has(one)) ?? managed.key;
}

const textOf = ({ text }: Plaintext): string | undefined => text;

/** The base keys of a part, as the Secret spells them. */
export const basesOf = (evaluation: Evaluation, expression: TemplateExpression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyByName(evaluation, name));
