import type { ParameterPair, PartName, Span } from './connection.ts';
import { decodePercent } from './decode.ts';
import { isRawAt, percentPart, rawPart } from './part.ts';
import { QUERY_VALUE } from './raw-characters.ts';

export interface QueryReader {
  readonly roleOf: (name: string) => PartName | undefined;
  /** The known password, or empty. */
  readonly hint: string;
  /** True if a `+` is a blank (pgjdbc), false if it is itself (libpq). */
  readonly form: boolean;
}

/** `name=value&…` in `span`, which does not hold the `?`. A piece without `=` is a name with an empty value. */
export function readQuery(text: string, span: Span, reader: QueryReader): readonly ParameterPair[] {
  const pairs: ParameterPair[] = [];
  for (let at = span.start; at < span.end; ) {
    const next = readPair(text, at, span.end, reader);
    if (next.end > at) pairs.push(next.pair);
    at = next.end + 1;
  }
  return pairs;
}

function readPair(text: string, start: number, limit: number, reader: QueryReader) {
  const end = indexOr(text.indexOf('&', start), limit);
  const equals = indexOr(text.indexOf('=', start), end);
  const name = decodePercent(text.slice(start, equals)).value;
  const role = reader.roleOf(name);
  const from = Math.min(equals + 1, end);
  if (role === 'password' && isRawAt(text, from, reader.hint, '&#')) {
    const value = rawPart(text, from, reader.hint, QUERY_VALUE);
    return { pair: { name, role, value }, end: value.end };
  }
  const value = percentPart(text, from, end, QUERY_VALUE);
  return { pair: { name, role, value: reader.form ? plusAsBlank(text, value) : value }, end };
}

function plusAsBlank<P extends { start: number; end: number; value: string }>(text: string, part: P): P {
  const written = text.slice(part.start, part.end);
  return written.includes('+') ? { ...part, value: decodePercent(written.replaceAll('+', ' ')).value } : part;
}

function indexOr(index: number, limit: number): number {
  return index === -1 || index > limit ? limit : index;
}
