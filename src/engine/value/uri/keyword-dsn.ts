import { assemble } from './assemble.ts';
import type { ConnectionString, ParameterPair, Part } from './connection.ts';
import { isRawAt, rawPart } from './part.ts';
import { keywordRole } from './roles.ts';

/** PQconninfoOptions of PostgreSQL 18 (fe-connect.c), and the additions of other drivers with the same form. */
const KEYWORDS = new Set(
  `service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port client_encoding options
  application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslmode
  sslnegotiation sslcompression sslcert sslkey sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth
  min_protocol_version max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib gssdelegation
  replication target_session_attrs load_balance_hosts scram_client_key scram_server_key sslkeylogfile oauth_issuer oauth_client_id
  oauth_client_secret oauth_scope authtype tty requiressl requirepeer
  search_path TimeZone statement_timeout default_query_exec_mode statement_cache_capacity pool_max_conns pool_min_conns
  pool_max_conn_lifetime pool_max_conn_idle_time pool_health_check_period binary_parameters datestyle`.split(
    /\s+/,
  ),
);

/**
 * `host=db password='it\'s'` as conninfo_parse of libpq reads it. `''` inside quotes is read as one quote, although
 * libpq refuses it. PDO of PHP has it as `pgsql:host=db;dbname=app`, and makes a space of each `;`.
 */
export function readKeywordDsn(text: string, hint: string): ConnectionString | undefined {
  const isPdo = PDO.test(text);
  const separator = isPdo && text.includes(';') ? ';' : ' ';
  const conninfo = isPdo
    ? text.replace(PDO, (prefix) => ' '.repeat(prefix.length)).replaceAll(';', ' ')
    : text;
  const pairs: ParameterPair[] = [];
  for (let at = skipBlank(conninfo, 0); at < conninfo.length; ) {
    const pair = readPair(conninfo, at, hint);
    if (pair === undefined) return undefined;
    pairs.push(pair);
    at = skipBlank(conninfo, pair.value.end);
  }
  // A lone password, `password=x`, is a line of some other file.
  if (!pairs.some(({ name, role }) => (role !== undefined && role !== 'password') || name === 'service'))
    return undefined;
  const more = {
    at: text.length,
    before: conninfo.endsWith(' ') ? '' : separator,
    between: separator,
  };
  const layout = { authority: undefined, path: undefined, pairs, quoting: 'libpq', more } as const;
  return assemble({ form: 'keyword', scheme: isPdo ? 'pgsql' : '', system: 'postgres' }, layout, {});
}

const PDO = /^pgsql:(?!\/)/;

function readPair(text: string, start: number, hint: string): ParameterPair | undefined {
  const equals = text.indexOf('=', start);
  if (equals === -1 || equals - start > 64) return undefined;
  const name = text.slice(start, equals).trimEnd();
  if (!KEYWORDS.has(name)) return undefined;
  const from = skipBlank(text, equals + 1);
  const role = keywordRole(name);
  if (role === 'password' && isRawAt(text, from, hint, ' ')) {
    return { name, role, value: rawPart(text, from, hint, BARE) };
  }
  const value = text[from] === "'" ? readQuoted(text, from) : readBare(text, from);
  return value && { name, role, value };
}

function readBare(text: string, start: number): Part {
  const [written = ''] = /^(?:\\.|[^\s\\])*\\?/u.exec(text.slice(start)) ?? [];
  return { value: written.replace(/\\(.?)/gu, '$1'), start, end: start + written.length, portable: true };
}

function readQuoted(text: string, start: number): Part | undefined {
  const [written] = /^'(?:\\.|''|[^'\\])*'/u.exec(text.slice(start)) ?? [];
  if (written === undefined) return undefined;
  const inside = written.slice(1, -1);
  const portable = !/(?<!\\)(?:\\\\)*''/.test(inside);
  const value = inside.replace(/\\(.)|''/gu, (_, escaped: string | undefined) => escaped ?? "'");
  return { value, start, end: start + written.length, portable };
}

const BARE = /^[^\s'\\%]+$/;

function skipBlank(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}
