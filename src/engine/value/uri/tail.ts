import type { Layout, Span } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { readJdbcProperties } from './jdbc-properties.ts';
import { nextOf } from './part.ts';
import { readQuery } from './query.ts';
import { queryRole } from './roles.ts';

type Tail = Omit<Layout, 'authority'>;

/**
 * The path and the query (or properties) from `from`, the end of the authority. Undefined if a property is malformed.
 */
export function readTail(text: string, from: number, dialect: Dialect, hint: string): Tail | undefined {
  const path = spanOfPath(text, from, dialect);
  const at = path?.end ?? (dialect.hierarchical ? from : endOfPath(text, from, dialect));
  switch (text[at]) {
    case ';':
      return readPropertyTail(text, at + 1, path, dialect, hint);
    case '?':
      return readQueryTail(text, at + 1, path, dialect, hint);
    default:
      return { path, pairs: [], ...emptyTail(dialect, at) };
  }
}

function readPropertyTail(
  text: string,
  start: number,
  path: Span | undefined,
  dialect: Dialect,
  hint: string,
): Tail | undefined {
  const quoting = dialect.propertyQuoting;
  const pairs = readJdbcProperties(text, { start, end: text.length }, quoting, hint);
  const more = { at: text.length, before: text.endsWith(';') ? '' : ';', between: ';' };
  return pairs && { path, pairs, quoting, more };
}

function readQueryTail(
  text: string,
  start: number,
  path: Span | undefined,
  dialect: Dialect,
  hint: string,
): Tail {
  const end = dialect.fragment ? nextOf(text, start, /#/) : text.length;
  const open = start === end || text[end - 1] === '&';
  const roleOf = (name: string) => (dialect.kind === 'server' ? queryRole(dialect, name) : undefined);
  return {
    path,
    pairs: readQuery(text, { start, end }, { roleOf, hint, form: dialect.form === 'jdbc' }),
    quoting: 'percent',
    more: { at: end, before: open ? '' : '&', between: '&' },
  };
}

function emptyTail({ system, form }: Dialect, at: number): Pick<Tail, 'quoting' | 'more'> {
  return system === 'sqlserver' && form === 'jdbc'
    ? { quoting: 'braces', more: { at, before: ';', between: ';' } }
    : { quoting: 'percent', more: { at, before: '?', between: '&' } };
}

function spanOfPath(text: string, from: number, dialect: Dialect): Span | undefined {
  const slash = text[from] === '/';
  if (dialect.hierarchical ? !slash : dialect.system !== 'postgres') return undefined;
  const start = dialect.hierarchical ? from + 1 : from;
  return { start, end: endOfPath(text, start, dialect) };
}

function endOfPath(text: string, from: number, { fragment, properties }: Dialect): number {
  if (!fragment) return nextOf(text, from, /\?/);
  return nextOf(text, from, properties ? /[?#;]/ : /[?#]/);
}
