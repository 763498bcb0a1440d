import type { ParameterPair, Part, Span } from './connection.ts';
import { isRawAt, rawPart } from './part.ts';
import { propertyRole } from './roles.ts';

/** ADO.NET quotes with `"` or `'`, doubled inside. ODBC and JDBC for SQL Server use braces, with `}` doubled inside. */
export type PropertyQuoting = 'ado' | 'braces' | 'bare';

const CLOSING: Readonly<Record<PropertyQuoting, ReadonlyMap<string, string>>> = {
  ado: new Map([
    ['"', '"'],
    ["'", "'"],
  ]),
  braces: new Map([['{', '}']]),
  bare: new Map(),
};

/** The pairs of `Name=value;…` in `span`. Undefined if a piece is no pair. */
export function readJdbcProperties(
  text: string,
  span: Span,
  quoting: PropertyQuoting,
  hint: string,
): readonly ParameterPair[] | undefined {
  const pairs: ParameterPair[] = [];
  for (let at = skip(text, span.start, ' ;'); at < span.end; ) {
    const pair = readProperty(text, at, span.end, quoting, hint);
    if (pair === undefined) return undefined;
    pairs.push(pair);
    at = skip(text, pair.value.end, ' ');
    if (at < span.end && text[at] !== ';') return undefined;
    at = skip(text, at, ' ;');
  }
  return pairs;
}

function readProperty(
  text: string,
  start: number,
  limit: number,
  quoting: PropertyQuoting,
  hint: string,
): ParameterPair | undefined {
  const equals = text.indexOf('=', start);
  if (equals === -1 || equals >= limit || equals - start > 64) return undefined;
  const name = text.slice(start, equals).trimEnd();
  if (!/^[A-Za-z][\w .-]*$/.test(name)) return undefined;
  const role = propertyRole(name);
  const from = skip(text, equals + 1, ' ');
  const known = role === 'password' && isRawAt(text, from, hint, ';');
  const value = known
    ? rawPart(text, from, hint, BARE)
    : (readQuoted(text, from, limit, quoting) ?? readBare(text, from, limit));
  return { name, role, value };
}

function readQuoted(text: string, start: number, limit: number, quoting: PropertyQuoting): Part | undefined {
  const close = CLOSING[quoting].get(text.charAt(start));
  if (close === undefined) return undefined;
  for (let at = text.indexOf(close, start + 1); at !== -1 && at < limit; at = text.indexOf(close, at + 2)) {
    if (text[at + 1] === close) continue;
    const value = text.slice(start + 1, at).replaceAll(close + close, close);
    return { value, start, end: at + 1, portable: true };
  }
  return undefined;
}

function readBare(text: string, start: number, limit: number): Part {
  const semicolon = text.indexOf(';', start);
  const written = text.slice(start, semicolon === -1 || semicolon > limit ? limit : semicolon);
  const value = written.trimEnd();
  return { value, start, end: start + value.length, portable: true };
}

const BARE = /^[^\s;"'={}]*$/;

/** The index of the next character that is none of `characters`. */
function skip(text: string, from: number, characters: string): number {
  let at = from;
  while (at < text.length && characters.includes(text.charAt(at))) at += 1;
  return at;
}
