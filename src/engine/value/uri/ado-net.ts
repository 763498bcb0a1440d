import { systemOf } from '../systems/scheme.ts';
import { systemNamed } from '../systems/systems.ts';
import { assemble } from './assemble.ts';
import type { ConnectionString, Layout, ParameterPair } from './connection.ts';
import { readJdbcProperties } from './jdbc-properties.ts';

/**
 * `Server=db;User Id=app;Password=…;` as ADO.NET reads it. With a `Driver` or `DSN` it follows the quoting of ODBC. PDO
 * of PHP names the driver first: `mysql:host=db;dbname=app`.
 */
export function readAdo(text: string, hint: string): ConnectionString | undefined {
  const [prefix = '', driver = ''] = PDO_DRIVER.exec(text) ?? [];
  const quoting = driver !== '' ? systemNamed(systemOf(driver)).quoting : quotingOfPairs(text);
  const read = readJdbcProperties(text, { start: prefix.length, end: text.length }, quoting, hint);
  if (read === undefined || (driver === '' && !isConnection(read))) return undefined;
  const { system, isGuessed } =
    driver === '' ? systemOfPairs(read) : { system: systemOf(driver), isGuessed: false };
  const pairs = system === 'sqlserver' ? read.flatMap((pair) => splitServer(text, pair)) : read;
  const more = { at: text.length, before: /; *$/.test(text) ? '' : ';', between: ';' };
  const layout: Layout = { authority: undefined, path: undefined, pairs, quoting, more };
  const what = { form: 'ado', scheme: '', system, ...(isGuessed && { isSystemGuessed: true }) } as const;
  return assemble(what, layout, {});
}

/** `pgsql` has the form of libpq: readKeywordDsn. */
const PDO_DRIVER = /^(mysql|sqlsrv|dblib|oci|odbc|firebird|ibm|informix):(?=[a-z][\w ]*=)/i;

const quotingOfPairs = (text: string) => (/(?:^|;) *(?:driver|dsn) *=/i.test(text) ? 'braces' : 'ado');

/** A connection has a server and at least one more known pair. A plain `name=value;` is not enough. */
function isConnection(pairs: readonly ParameterPair[]): boolean {
  const roles = new Set(pairs.flatMap(({ role }) => role ?? []));
  return roles.has('host') && roles.size > 1;
}

/** Those of the systems whose drivers read this form. */
const PORTS = new Map(
  ['postgres', 'mysql', 'sqlserver'].flatMap((name) =>
    systemNamed(name).ports.map((port) => [port, name] as const),
  ),
);

/**
 * The form does not name the system. `Host` is a word of Npgsql, `Server` and `Data Source` are words of SqlClient. A
 * port or a driver is more exact.
 */
function systemOfPairs(pairs: readonly ParameterPair[]): {
  readonly system: string;
  readonly isGuessed: boolean;
} {
  const values = new Map(pairs.map(({ name, value }) => [name.toLowerCase(), value.value]));
  const driver = values.get('driver') ?? '';
  const named = /postgres/i.test(driver) ? 'postgres' : /mysql|mariadb/i.test(driver) ? 'mysql' : undefined;
  const system = named ?? PORTS.get(values.get('port') ?? '');
  if (system !== undefined) return { system, isGuessed: false };
  return values.has('host')
    ? { system: 'postgres', isGuessed: false }
    : { system: 'sqlserver', isGuessed: true };
}

/** `Server=tcp:host,1433`: SQL Server has the port in its server. With quotes or an instance, it stays whole. */
function splitServer(text: string, pair: ParameterPair): readonly ParameterPair[] {
  const { start, end } = pair.value;
  const [written, protocol = '', host = '', port] =
    /^(tcp: *)?([\w.-]{1,253})(?: *, *(\d{1,5}))?$/i.exec(text.slice(start, Math.min(end, start + 300))) ??
    [];
  if (pair.role !== 'host' || written === undefined) return [pair];
  const from = start + protocol.length;
  const hostPair = { ...pair, value: { ...pair.value, value: host, start: from, end: from + host.length } };
  if (port === undefined) return [hostPair];
  const portValue = { ...pair.value, value: port, start: end - port.length, end };
  return [hostPair, { name: 'port', role: 'port', value: portValue }];
}
