import type { ConnectionString, PartName, Quoting } from '../connection.ts';
import { encodeAdo, encodeBraces, encodeKeyword, encodeUserinfo } from '../encode.ts';
import type { NewParts, TextEdit } from './edit.ts';

const ENCODERS: Readonly<Record<Quoting, (text: string) => string>> = {
  percent: encodeUserinfo,
  libpq: encodeKeyword,
  ado: encodeAdo,
  braces: encodeBraces,
  bare: (text) => text,
};

/**
 * The name of a new pair. ADO names are those of Npgsql. SqlClient and ODBC have no word for a port, and other words
 * for some parts.
 */
const NAMES: Readonly<Record<Quoting, Partial<Record<PartName, string>>>> = {
  percent: { user: 'user', password: 'password', port: 'port' },
  libpq: { host: 'host', port: 'port', user: 'user', password: 'password', database: 'dbname' },
  ado: { host: 'Host', port: 'Port', user: 'User Id', password: 'Password', database: 'Database' },
  braces: { user: 'user', password: 'password', database: 'database' },
  bare: { user: 'USER', password: 'PASSWORD' },
};

const PARTS: readonly PartName[] = ['host', 'port', 'user', 'password', 'database'];

/**
 * The edits in a query, a keyword string or an ADO string. `placed` are the parts that have a position elsewhere.
 * Undefined if a part has no position at all.
 */
export function planPairs(
  connection: ConnectionString,
  wanted: NewParts,
  placed: ReadonlySet<PartName>,
): readonly TextEdit[] | undefined {
  const edits: TextEdit[] = [];
  const added: string[] = [];
  for (const part of PARTS) {
    const value = wanted[part];
    if (value === undefined) continue;
    const overwritten = overwrite(connection, ({ role }) => role === part, value);
    edits.push(...overwritten);
    if (overwritten.length > 0 || placed.has(part)) continue;
    const name = newName(connection, part);
    if (name === undefined) return undefined;
    added.push(encodePair(connection, name, value));
  }
  for (const [name, value] of wanted.params ?? []) {
    const overwritten = overwrite(connection, (pair) => pair.role === undefined && pair.name === name, value);
    edits.push(...overwritten);
    if (overwritten.length === 0) added.push(encodePair(connection, name, value));
  }
  return added.length === 0 ? edits : [...edits, append(connection, added)];
}

function overwrite(
  { layout }: ConnectionString,
  isTarget: (pair: ConnectionString['layout']['pairs'][number]) => boolean,
  value: string,
): readonly TextEdit[] {
  const text = ENCODERS[layout.quoting](value);
  return layout.pairs.filter(isTarget).map(({ value: { start, end } }) => ({ start, end, text }));
}

function newName({ system, layout: { quoting } }: ConnectionString, part: PartName): string | undefined {
  const portless = part === 'port' && quoting === 'ado' && system === 'sqlserver';
  return portless ? undefined : NAMES[quoting][part];
}

function encodePair({ layout: { quoting } }: ConnectionString, name: string, value: string): string {
  return `${quoting === 'percent' ? encodeUserinfo(name) : name}=${ENCODERS[quoting](value)}`;
}

function append({ layout: { more } }: ConnectionString, pairs: readonly string[]): TextEdit {
  return { start: more.at, end: more.at, text: more.before + pairs.join(more.between) };
}
