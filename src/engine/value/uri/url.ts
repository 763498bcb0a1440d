import { assemble } from './assemble.ts';
import type { ConnectionString, Layout, ParameterPair, Span } from './connection.ts';
import { type Dialect, readScheme } from './dialect.ts';
import { type HostPort, joinHosts, joinPorts, readHosts } from './hosts.ts';
import { nextOf, percentPart } from './part.ts';
import { DATABASE } from './raw-characters.ts';
import { queryRole } from './roles.ts';
import { readTail } from './tail.ts';
import { readUserinfo, type Userinfo } from './userinfo.ts';

/** `hint` is the known password, or empty. Undefined if the text is no URL, or names no part. */
export function readUrl(text: string, hint: string): ConnectionString | undefined {
  const dialect = readScheme(text);
  if (dialect === undefined) return undefined;
  const head = dialect.hierarchical ? readHead(text, dialect, hint) : NO_HEAD;
  if (head === undefined) return undefined;
  const tail = readTail(text, head.span?.end ?? dialect.start, dialect, hint);
  if (tail === undefined || tail.pairs.some((pair) => isBlankAround(pair, dialect))) return undefined;
  return assemble(
    { form: dialect.form, scheme: dialect.scheme, system: dialect.system },
    { authority: layoutOf(head), ...tail, path: dialect.hasDatabasePath ? tail.path : undefined },
    {
      user: head.userinfo?.user,
      password: head.userinfo?.password,
      host: head.hosts && joinHosts(head.items, head.hosts),
      port: joinPorts(head.items),
      database:
        dialect.kind === 'server' && dialect.hasDatabasePath
          ? tail.path && percentPart(text, tail.path.start, tail.path.end, DATABASE)
          : undefined,
    },
  );
}

interface UrlHead {
  readonly span: Span | undefined;
  readonly userinfo: Userinfo | undefined;
  readonly hosts: Span | undefined;
  readonly items: readonly HostPort[];
}

const NO_HEAD: UrlHead = { span: undefined, userinfo: undefined, hosts: undefined, items: [] };

function readHead(text: string, dialect: Dialect, hint: string): UrlHead | undefined {
  const { start, fragment } = dialect;
  // JDBC for SQL Server has its login in properties. An `@` in them is part of a value.
  const hasUserinfo = dialect.form === 'url' || dialect.system !== 'sqlserver';
  const userinfo = hasUserinfo ? readUserinfo(text, dialect, hint) : undefined;
  const from = userinfo === undefined ? start : userinfo.at + 1;
  const { hosts, end } = addressAt(text, from, dialect);
  if (!fragment && text[end] === '#') return undefined;
  const items = readHosts(text, hosts);
  if (items === undefined) return undefined;
  if (items.some(({ host }) => isBrokenHost(host.value, dialect))) return undefined;
  // `postgresql://user:pas` is a URL cut off. With userinfo a `${PORT}` is permitted, so that the password is
  // validated.
  if (userinfo === undefined && items.some(({ port }) => port?.portable === false)) return undefined;
  return { span: { start, end }, userinfo, hosts, items };
}

/** The hosts at `from`, and the end of the authority. */
function addressAt(text: string, from: number, { system, properties }: Dialect) {
  GO_ADDRESS.lastIndex = from;
  const [address, network = '', inner = ''] = (system === 'mysql' && GO_ADDRESS.exec(text)) || [];
  if (address !== undefined) {
    const start = from + network.length;
    return { hosts: { start, end: start + inner.length }, end: from + address.length };
  }
  const end = nextOf(text, from, properties ? /[/?#;]/ : /[/?#]/);
  return { hosts: { start: from, end }, end };
}

/** `mysql://user:password@tcp(host:3306)/name`, as golang-migrate reads it. */
const GO_ADDRESS = /((?:tcp6?|unix)\()([^()]*)\)(?=[/?#]|$)/y;

/**
 * Only the zone of an IPv6 address has a `%` after it is decoded: `fe80::1%eth0`. No client of PostgreSQL reads
 * `tcp(host:5432)`.
 */
const isBrokenHost = (host: string, { kind, system }: Dialect): boolean =>
  (kind === 'server' && host.includes('%') && !host.includes(':')) ||
  (system === 'postgres' && host.includes('('));

/** libpq reads a user in `? user = app`, and other drivers do not. */
const isBlankAround = ({ name, role }: ParameterPair, dialect: Dialect): boolean =>
  dialect.system === 'postgres' &&
  role === undefined &&
  name.trim() !== name &&
  queryRole(dialect, name.trim()) !== undefined;

function layoutOf({ span, userinfo, hosts }: UrlHead): Layout['authority'] {
  return span && hosts && { span, user: userinfo?.user, password: userinfo?.password, hosts };
}
