/** One kind of server: the reading of its URL, the meaning of an absent part, and the keys that name it. */
export interface System {
  /**
   * `server`: `scheme://user:password@host/database`, into which people paste raw passwords. `web`: a WHATWG URL, whose
   * path is no database. `file`: a path, which never holds credentials.
   */
  readonly kind: 'server' | 'web' | 'file';
  /** Every spelling of its scheme, in small letters and without a driver. */
  readonly schemes: readonly string[];
  /** A `#` begins a fragment. libpq has none: there, a `#` belongs to the database or to the last value. */
  readonly fragment: boolean;
  /** URLs with `;name=value` after the hosts, and the quotes of such a value. */
  readonly properties: 'never' | 'jdbc' | 'always';
  readonly quoting: 'bare' | 'braces';
  /** Ports that a URL without one goes to. Drivers of SMTP disagree. */
  readonly ports: readonly string[];
  /** Schemes for TLS with another port. */
  readonly tls: Readonly<Record<string, readonly string[]>>;
  /** A URL with another host and another port can go to a pooler or proxy in front of the server. */
  readonly pooler: boolean;
  /** The user and the database of a URL without one. */
  readonly user: string | undefined;
  readonly database: string | undefined;
  /**
   * The meaning of the path. `name`: a database. `index`: a number or a virtual host. `auth`: a database, and without
   * `authSource` also the one that holds the user. `none`: a URL has no path.
   */
  readonly path: 'name' | 'index' | 'auth' | 'none';
  /** Databases of the server itself. A superuser works there. */
  readonly ownDatabases: readonly string[];
  /** Names of keys that can belong to no other kind of server. Undefined if no key name says so. */
  readonly keyNames: RegExp | undefined;
  /** Values of `DB_PORT` that say that generic keys such as `DB_PASSWORD` belong to it. */
  readonly genericPorts: readonly string[];
  /** Words in `DB_CONNECTION` and its like, by which frameworks name it: a driver or a dialect. */
  readonly drivers: readonly string[];
  /** Names of keys for a URL of this system alone. The URL of a generic login can stand in one of them. */
  readonly urlKeys: readonly string[];
  /** A policy can be about it: `match.server`. */
  readonly hasPolicies: boolean;
}

/** lockstep reads the URL of such a server, and no policy is about it. */
const READ_ONLY = {
  kind: 'server',
  fragment: true,
  properties: 'jdbc',
  quoting: 'bare',
  ports: [],
  tls: {},
  pooler: true,
  user: undefined,
  database: undefined,
  path: 'name',
  ownDatabases: [],
  keyNames: undefined,
  genericPorts: [],
  drivers: [],
  urlKeys: [],
  hasPolicies: false,
} satisfies Omit<System, 'schemes'>;

/**
 * docs/contribute/add-a-database-system.md says how to add a row.
 *
 * @internal Exported for tests.
 */
export const SYSTEMS = {
  // Generic keys are those of PostgreSQL, unless one of them names another system.
  postgres: {
    ...READ_ONLY,
    schemes: words(
      'postgres postgresql pgsql psql postgis pgx pgx4 pgx5 pq pg pdo-pgsql asyncpg pgbouncer timescaledb timescale timescalegis ecto',
    ),
    fragment: false,
    properties: 'never',
    ports: ['5432'],
    keyNames: /postgres|^pg/i,
    urlKeys: words('POSTGRES_URL POSTGRES_URI postgres-url postgres_url POSTGRES_DSN'),
  },
  cockroachdb: { ...READ_ONLY, schemes: words('cockroachdb cockroach crdb') },
  mysql: {
    ...READ_ONLY,
    schemes: words('mysql mysql2 mysqlx mysqlgis trilogy mariadb'),
    ports: ['3306'],
    ownDatabases: words('mysql sys information_schema performance_schema'),
    keyNames: /mysql|mariadb/i,
    genericPorts: ['3306'],
    drivers: words('mysql mariadb'),
    urlKeys: words(
      'MYSQL_URL MYSQL_URI MYSQL_DSN MYSQL_DATABASE_URL MYSQL_CONNECTION_STRING mysql-url mysql_url MARIADB_URL MARIADB_URI MARIADB_DSN',
    ),
    hasPolicies: true,
  },
  sqlserver: {
    ...READ_ONLY,
    schemes: words('sqlserver mssql mssqlms jtds sqlsrv'),
    properties: 'always',
    quoting: 'braces',
    ports: ['1433'],
    pooler: false,
    ownDatabases: words('master tempdb model msdb'),
    keyNames: /mssql|sql[-_.]?server|^sa[-_]/i,
    genericPorts: ['1433'],
    drivers: words('mssql sqlsrv sqlserver'),
    urlKeys: words('MSSQL_URL SQLSERVER_URL MSSQL_CONNECTION_STRING SQLSERVER_CONNECTION_STRING'),
    hasPolicies: true,
  },
  oracle: {
    ...READ_ONLY,
    schemes: words('oracle oracledb oraclegis'),
    genericPorts: ['1521'],
    drivers: ['oracle'],
  },
  mongodb: {
    ...READ_ONLY,
    schemes: words('mongodb mongo'),
    ports: ['27017'],
    path: 'auth',
    ownDatabases: words('admin local config'),
    keyNames: /mongo/i,
    genericPorts: ['27017'],
    drivers: ['mongo'],
    hasPolicies: true,
  },
  redis: {
    ...READ_ONLY,
    schemes: words('redis rediss redis-sentinel valkey valkeys'),
    ports: ['6379'],
    tls: { rediss: ['6379', '6380'], valkeys: ['6379', '6380'] },
    user: 'default',
    database: '0',
    path: 'index',
    keyNames: /redis|valkey/i,
    hasPolicies: true,
  },
  amqp: {
    ...READ_ONLY,
    schemes: words('amqp amqps pyamqp rabbitmq'),
    ports: ['5672'],
    tls: { amqps: ['5671'] },
    user: 'guest',
    database: '/',
    path: 'index',
    keyNames: /amqp|rabbit/i,
    hasPolicies: true,
  },
  nats: { ...READ_ONLY, schemes: ['nats'] },
  kafka: { ...READ_ONLY, schemes: ['kafka'] },
  neo4j: { ...READ_ONLY, schemes: words('neo4j bolt') },
  clickhouse: { ...READ_ONLY, schemes: words('clickhouse clickhouses') },
  cassandra: { ...READ_ONLY, schemes: ['cassandra'] },
  couchdb: { ...READ_ONLY, schemes: words('couchdb couchdbs') },
  couchbase: { ...READ_ONLY, schemes: words('couchbase couchbases') },
  elasticsearch: { ...READ_ONLY, schemes: ['elasticsearch'] },
  snowflake: { ...READ_ONLY, schemes: ['snowflake'] },
  smtp: {
    ...READ_ONLY,
    schemes: words('smtp smtps submission'),
    ports: ['25', '587'],
    tls: { smtps: ['465'] },
    pooler: false,
    path: 'none',
    keyNames: /smtp|mail/i,
    hasPolicies: true,
  },
  imap: { ...READ_ONLY, schemes: words('imap imaps') },
  ldap: { ...READ_ONLY, schemes: words('ldap ldaps') },
  mqtt: { ...READ_ONLY, schemes: words('mqtt mqtts') },
  sqlite: { ...READ_ONLY, kind: 'file', schemes: words('sqlite sqlite3 file'), drivers: ['sqlite'] },
  // `prisma+postgres://` is the address of a proxy, which takes a key and no login.
  prisma: { ...READ_ONLY, kind: 'web', schemes: ['prisma'] },
} satisfies Readonly<Record<string, System>>;

function words(text: string): readonly string[] {
  return text.split(' ');
}

/** An unknown scheme is a system of its own. It is read as `web`: strictly, and with credentials only. */
const UNKNOWN: System = { ...READ_ONLY, kind: 'web', schemes: [] };

const BY_NAME: ReadonlyMap<string, System> = new Map(Object.entries(SYSTEMS));

export const systemNamed = (system: string): System => BY_NAME.get(system) ?? UNKNOWN;

/** The systems that a policy can be about: `match.server`. */
export const POLICY_SERVERS: readonly string[] = [...BY_NAME].flatMap(([name, { hasPolicies }]) =>
  hasPolicies ? [name] : [],
);

/** The system that the names of these keys name. Undefined if they name none. */
export const systemOfKeyName = (...keys: readonly string[]): string | undefined =>
  ['postgres', ...POLICY_SERVERS].find((system) =>
    keys.some((key) => systemNamed(system).keyNames?.test(key)),
  );

/** The name of the key says that its value belongs to another kind of server. */
export const isKeyOfOtherSystem = (key: string, own: string): boolean =>
  systemNamed(own).keyNames?.test(key) !== true && systemOfKeyName(key) !== undefined;

/** The system whose column has this text. */
export const systemsBy = (
  column: 'schemes' | 'genericPorts' | 'drivers' | 'urlKeys',
): ReadonlyMap<string, string> =>
  new Map([...BY_NAME].flatMap(([name, system]) => system[column].map((text) => [text, name] as const)));
