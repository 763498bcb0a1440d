import type { ConnectionString, PartName } from './connection.ts';

type RoleNames = ReadonlyMap<string, PartName>;

/** The query parameters that any server may have. */
const QUERY: RoleNames = new Map([
  ['user', 'user'],
  ['username', 'user'],
  ['password', 'password'],
]);

/** The names of libpq, in a query and in the keyword form. */
const LIBPQ: RoleNames = new Map([
  ['user', 'user'],
  ['password', 'password'],
  ['host', 'host'],
  ['port', 'port'],
  ['dbname', 'database'],
]);

/** The synonyms of SqlClient, Npgsql, MySqlConnector, ODBC, PDO and JDBC for SQL Server, in lower case. */
const PROPERTIES: RoleNames = new Map(
  Object.entries({
    user: ['user id', 'userid', 'uid', 'user', 'username', 'user name'],
    password: ['password', 'pwd', 'psw'],
    host: ['server', 'host', 'data source', 'datasource', 'address', 'addr', 'network address', 'servername'],
    port: ['port', 'portnumber'],
    database: ['database', 'db', 'dbname', 'initial catalog', 'databasename'],
  }).flatMap(([part, names]) => names.map((name) => [name, part as PartName] as const)),
);

/** go-mssqldb and Prisma: the path of `sqlserver://` is an instance. */
const SQLSERVER: RoleNames = new Map([...QUERY, ['user id', 'user'], ['database', 'database']]);

const JDBC_POSTGRES: RoleNames = new Map([...QUERY, ...LIBPQ]);

/** The driver of JDBC for PostgreSQL reads the names of libpq, and before 2022 only those of the login. */
export function queryRole(
  { system, form }: Pick<ConnectionString, 'system' | 'form'>,
  name: string,
): PartName | undefined {
  if (system === 'sqlserver' && form === 'url') return SQLSERVER.get(name.toLowerCase());
  if (system !== 'postgres') return QUERY.get(name);
  return (form === 'url' ? LIBPQ : JDBC_POSTGRES).get(name);
}

export function keywordRole(name: string): PartName | undefined {
  return LIBPQ.get(name);
}

export function propertyRole(name: string): PartName | undefined {
  return PROPERTIES.get(name.toLowerCase());
}
