import type { ConnectionString, PartName, UrlAuthority } from '../connection.ts';
import { encodeHost, encodeUserinfo } from '../encode.ts';
import { readHosts } from '../hosts.ts';
import type { NewParts, TextEdit } from './edit.ts';

/** The edits before the query, and the parts that they place. Undefined if ports and hosts don't match. */
export function planAuthority(
  text: string,
  connection: ConnectionString,
  wanted: NewParts,
): { readonly edits: readonly TextEdit[]; readonly placed: ReadonlySet<PartName> } | undefined {
  const placed = placesOf(connection, wanted);
  const here = (name: PartName) => (placed.has(name) ? wanted[name] : undefined);
  const { authority } = connection.layout;
  const hosts = authority && planHosts(text, authority, here('host'), here('port'));
  if (authority !== undefined && hosts === undefined) return undefined;
  const encode = connection.form === 'go' ? (text: string) => text : encodeUserinfo;
  const userinfo =
    authority === undefined ? [] : planUserinfo(authority, encode, here('user'), here('password'));
  return { edits: [...userinfo, ...(hosts ?? []), ...planPath(connection, here('database'))], placed };
}

/**
 * A part belongs before the query in two cases: it is there already, or no pair names it and the form puts it there.
 */
function placesOf({ form, layout }: ConnectionString, wanted: NewParts): ReadonlySet<PartName> {
  const { authority, path, pairs, quoting } = layout;
  const paired = new Set(pairs.map(({ role }) => role));
  const inUserinfo =
    authority !== undefined && (form !== 'jdbc' ? quoting === 'percent' : authority.user !== undefined);
  const inPath = authority !== undefined ? quoting === 'percent' : path !== undefined;
  const here: Readonly<Record<PartName, { readonly stands: boolean; readonly home: boolean }>> = {
    user: { stands: holds(authority?.user), home: inUserinfo },
    password: { stands: authority?.password !== undefined, home: inUserinfo },
    host: { stands: holds(authority?.hosts), home: authority !== undefined },
    port: {
      stands: holds(authority?.hosts) && !paired.has('port'),
      home: authority !== undefined && (holds(authority.hosts) || !paired.has('host')),
    },
    database: { stands: holds(path), home: inPath },
  };
  const names = Object.keys(here) as PartName[];
  return new Set(
    names.filter(
      (name) => wanted[name] !== undefined && (here[name].stands || (here[name].home && !paired.has(name))),
    ),
  );
}

function holds(span: { readonly start: number; readonly end: number } | undefined): boolean {
  return span !== undefined && span.end > span.start;
}

function planUserinfo(
  { span, user, password }: UrlAuthority,
  encode: (text: string) => string,
  newUser?: string,
  newPassword?: string,
): readonly TextEdit[] {
  const userText = newUser === undefined ? undefined : encode(newUser);
  const passwordText = newPassword === undefined ? undefined : encode(newPassword);
  const behind = passwordText === undefined ? '' : `:${passwordText}`;
  if (user === undefined) {
    if (userText === undefined && passwordText === undefined) return [];
    return [{ start: span.start, end: span.start, text: `${userText ?? ''}${behind}@` }];
  }
  const edits: TextEdit[] = [];
  if (userText !== undefined) edits.push({ ...bounds(user), text: userText });
  if (passwordText === undefined) return edits;
  if (password !== undefined) return [...edits, { ...bounds(password), text: passwordText }];
  return [...edits, { start: user.end, end: user.end, text: behind }];
}

function planHosts(
  text: string,
  { hosts }: UrlAuthority,
  newHost?: string,
  newPort?: string,
): readonly TextEdit[] | undefined {
  if (newHost === undefined && newPort === undefined) return [];
  const items = readHosts(text, hosts) ?? [];
  const written = (part?: { readonly start: number; readonly end: number }) =>
    part && text.slice(part.start, part.end);
  const names = newHost?.split(',').map(encodeHost) ?? items.map(({ host }) => written(host) ?? '');
  const ports = portsFor(
    names.length,
    newPort,
    items.map(({ port }) => written(port)),
  );
  if (ports === undefined) return undefined;
  const list = names.map((name, index) => (ports[index] ? `${name}:${ports[index]}` : name)).join(',');
  return [{ ...bounds(hosts), text: list }];
}

/** One port applies to all hosts. A list must fit. Old ports stay if their number fits, or if all are the same. */
function portsFor(
  hosts: number,
  wanted: string | undefined,
  old: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  if (wanted === undefined) {
    if (old.length === hosts) return old;
    return Array.from({ length: hosts }, () => (new Set(old).size === 1 ? old[0] : undefined));
  }
  const list = wanted.split(',').map(encodeUserinfo);
  if (list.length === 1) return Array.from({ length: hosts }, () => list[0]);
  return list.length === hosts ? list : undefined;
}

function planPath({ layout: { authority, path } }: ConnectionString, database?: string): readonly TextEdit[] {
  if (database === undefined) return [];
  if (path !== undefined) return [{ ...bounds(path), text: encodeUserinfo(database) }];
  const end = authority?.span.end ?? 0;
  return [{ start: end, end, text: `/${encodeUserinfo(database)}` }];
}

function bounds({ start, end }: { readonly start: number; readonly end: number }) {
  return { start, end };
}
