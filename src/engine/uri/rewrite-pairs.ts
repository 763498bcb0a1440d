import type { Connection, PartName, Quoting } from './connection.ts';
import type { Edit, Wanted } from './edit.ts';
import { encodeAdo, encodeBraces, encodeKeyword, encodeUserinfo } from './encode.ts';

const SPELL: Readonly<Record<Quoting, (text: string) => string>> = {
  percent: encodeUserinfo,
  libpq: encodeKeyword,
  ado: encodeAdo,
  braces: encodeBraces,
  bare: (text) => text,
};

/** What a new pair is called. ADO names are those of Npgsql; SqlClient and ODBC have no word for a port, and other words for some. */
const NAMES: Readonly<Record<Quoting, Partial<Record<PartName, string>>>> = {
  percent: { user: 'user', password: 'password', port: 'port' },
  libpq: { host: 'host', port: 'port', user: 'user', password: 'password', database: 'dbname' },
  ado: { host: 'Host', port: 'Port', user: 'User Id', password: 'Password', database: 'Database' },
  braces: { user: 'user', password: 'password', database: 'database' },
  bare: { user: 'USER', password: 'PASSWORD' },
};

const PARTS: readonly PartName[] = ['host', 'port', 'user', 'password', 'database'];

/**
 * The edits in a query, a keyword string or an ADO string. `placed` are the parts that have their place elsewhere already. Undefined where a
 * part has no place at all.
 */
export function planPairs(
  connection: Connection,
  wanted: Wanted,
  placed: ReadonlySet<PartName>,
): readonly Edit[] | undefined {
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const part of PARTS) {
    const value = wanted[part];
    if (value === undefined) continue;
    const found = overwrite(connection, ({ role }) => role === part, value);
    edits.push(...found);
    if (found.length > 0 || placed.has(part)) continue;
    const name = newName(connection, part);
    if (name === undefined) return undefined;
    added.push(spellPair(connection, name, value));
  }
  for (const [name, value] of wanted.params ?? []) {
    const found = overwrite(connection, (pair) => pair.role === undefined && pair.name === name, value);
    edits.push(...found);
    if (found.length === 0) added.push(spellPair(connection, name, value));
  }
  return added.length === 0 ? edits : [...edits, append(connection, added)];
}

function overwrite(
  { layout }: Connection,
  meant: (pair: Connection['layout']['pairs'][number]) => boolean,
  value: string,
): readonly Edit[] {
  const text = SPELL[layout.quoting](value);
  return layout.pairs.filter(meant).map(({ value: { start, end } }) => ({ start, end, text }));
}

function newName({ system, layout: { quoting } }: Connection, part: PartName): string | undefined {
  const portless = part === 'port' && quoting === 'ado' && system === 'sqlserver';
  return portless ? undefined : NAMES[quoting][part];
}

function spellPair({ layout: { quoting } }: Connection, name: string, value: string): string {
  return `${quoting === 'percent' ? encodeUserinfo(name) : name}=${SPELL[quoting](value)}`;
}

function append({ layout: { more } }: Connection, pairs: readonly string[]): Edit {
  return { start: more.at, end: more.at, text: more.before + pairs.join(more.between) };
}
