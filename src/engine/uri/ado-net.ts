import { assemble } from './assemble.ts';
import type { ConnectionString, Layout, ParameterPair } from './connection.ts';
import { readJdbcProperties } from './jdbc-properties.ts';

/** `Server=db;User Id=app;Password=…;` as ADO.NET reads it. With a `Driver` or `DSN` it follows the quoting of ODBC. */
export function readAdo(text: string, hint: string): ConnectionString | undefined {
  const quoting = /(?:^|;) *(?:driver|dsn) *=/i.test(text) ? 'braces' : 'ado';
  const pairs = readJdbcProperties(text, { start: 0, end: text.length }, quoting, hint);
  if (pairs === undefined || !isConnection(pairs)) return undefined;
  const more = { at: text.length, before: /; *$/.test(text) ? '' : ';', between: ';' };
  const layout: Layout = { authority: undefined, path: undefined, pairs, quoting, more };
  return assemble({ form: 'ado', scheme: '', system: systemOfPairs(pairs) }, layout, {});
}

/** A connection has a server and at least one more known pair. A plain `name=value;` is not enough. */
function isConnection(pairs: readonly ParameterPair[]): boolean {
  const roles = new Set(pairs.flatMap(({ role }) => role ?? []));
  return roles.has('host') && roles.size > 1;
}

const PORTS = new Map([
  ['5432', 'postgres'],
  ['3306', 'mysql'],
  ['1433', 'sqlserver'],
]);

/**
 * The form does not name the system. `Host` is a word of Npgsql, `Server` and `Data Source` are words of SqlClient. A
 * port or a driver is more exact.
 */
function systemOfPairs(pairs: readonly ParameterPair[]): string {
  const values = new Map(pairs.map(({ name, value }) => [name.toLowerCase(), value.value]));
  const driver = values.get('driver') ?? '';
  if (/postgres/i.test(driver)) return 'postgres';
  if (/mysql|mariadb/i.test(driver)) return 'mysql';
  return PORTS.get(values.get('port') ?? '') ?? (values.has('host') ? 'postgres' : 'sqlserver');
}
