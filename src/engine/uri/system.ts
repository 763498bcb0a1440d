/**
 * `server`: `scheme://user:password@host/database`, into which people paste raw passwords. `web`: a WHATWG URL, whose
 * path is no database. `file`: a path, which never holds credentials.
 */
export type SystemKind = 'server' | 'web' | 'file';

interface SchemeSystem {
  readonly system: string;
  readonly kind: SystemKind;
}

/**
 * Every spelling of a scheme, by its system. An unknown scheme is read as `web`: strictly, and with credentials only.
 */
const SPELLINGS: Readonly<Record<string, { readonly kind: SystemKind; readonly schemes: string }>> = {
  postgres: {
    kind: 'server',
    schemes:
      'postgres postgresql pgsql psql postgis pgx pq pg pgbouncer timescaledb timescale timescalegis ecto',
  },
  cockroachdb: { kind: 'server', schemes: 'cockroachdb cockroach crdb' },
  mysql: { kind: 'server', schemes: 'mysql mysql2 mysqlx mysqlgis trilogy mariadb' },
  sqlserver: { kind: 'server', schemes: 'sqlserver mssql mssqlms jtds sqlsrv' },
  oracle: { kind: 'server', schemes: 'oracle oracledb oraclegis' },
  mongodb: { kind: 'server', schemes: 'mongodb mongo' },
  redis: { kind: 'server', schemes: 'redis rediss redis-sentinel valkey valkeys' },
  amqp: { kind: 'server', schemes: 'amqp amqps pyamqp rabbitmq' },
  nats: { kind: 'server', schemes: 'nats' },
  kafka: { kind: 'server', schemes: 'kafka' },
  neo4j: { kind: 'server', schemes: 'neo4j bolt' },
  clickhouse: { kind: 'server', schemes: 'clickhouse clickhouses' },
  cassandra: { kind: 'server', schemes: 'cassandra' },
  couchdb: { kind: 'server', schemes: 'couchdb couchdbs' },
  couchbase: { kind: 'server', schemes: 'couchbase couchbases' },
  elasticsearch: { kind: 'server', schemes: 'elasticsearch' },
  snowflake: { kind: 'server', schemes: 'snowflake' },
  smtp: { kind: 'server', schemes: 'smtp smtps submission' },
  imap: { kind: 'server', schemes: 'imap imaps' },
  ldap: { kind: 'server', schemes: 'ldap ldaps' },
  mqtt: { kind: 'server', schemes: 'mqtt mqtts' },
  sqlite: { kind: 'file', schemes: 'sqlite sqlite3 file' },
  // `prisma+postgres://` is the address of a proxy, which takes a key and no login.
  prisma: { kind: 'web', schemes: 'prisma' },
};

const BY_SCHEME: ReadonlyMap<string, SchemeSystem> = new Map(
  Object.entries(SPELLINGS).flatMap(([system, { kind, schemes }]) =>
    schemes.split(' ').map((scheme) => [scheme, { system, kind }] as const),
  ),
);

/** All schemes without a driver. */
export const PLAIN_SCHEMES: Iterable<string> = BY_SCHEME.keys();

/**
 * `postgresql+asyncpg`, `jdbc:aws-wrapper:mysql`, `r2dbc:pool:postgresql` → the system, without the driver. Celery
 * writes its library first: `db+postgresql`.
 */
export function systemOf(scheme: string): SchemeSystem {
  const plain = BY_SCHEME.get(scheme);
  if (plain !== undefined) return plain;
  const words = scheme.toLowerCase().split(':').map(withoutDriver);
  const known = words.find((word) => BY_SCHEME.has(word));
  const system = known ?? words[1] ?? words[0] ?? '';
  return BY_SCHEME.get(system) ?? { system, kind: 'web' };
}

function withoutDriver(word: string): string {
  const plus = word.indexOf('+');
  if (plus === -1) return word;
  const [first, second] = [word.slice(0, plus), word.slice(plus + 1)];
  return !BY_SCHEME.has(first) && BY_SCHEME.has(second) ? second : first;
}
