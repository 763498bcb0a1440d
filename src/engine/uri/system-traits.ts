/**
 * The rules of one kind of server: what an absent part of a URL means, and which parts belong to the team. `derive`
 * compares a URL by them.
 */
export interface SystemTraits {
  /** Ports that a URL without one goes to. Drivers of SMTP disagree. */
  readonly ports: readonly string[];
  /** Schemes for TLS with another port. */
  readonly tls: Readonly<Record<string, readonly string[]>>;
  /** A URL with another host and another port can go to a pooler or proxy in front of the server. */
  readonly pooler: boolean;
  /** The user of a URL without one. */
  readonly user?: string;
  /** The database of a URL without one. */
  readonly database?: string;
  /**
   * The meaning of the path. `name`: a database. `index`: a number or a virtual host. `auth`: a database, and without
   * `authSource` also the one that holds the user. `none`: a URL has no path.
   */
  readonly path: 'name' | 'index' | 'auth' | 'none';
  /** Databases of the server itself. A superuser works there. */
  readonly ownDatabases: readonly string[];
  /** Names of keys that can belong to no other kind of server. */
  readonly keyNames: RegExp;
}

const PLAIN: SystemTraits = {
  ports: [],
  tls: {},
  pooler: true,
  path: 'name',
  ownDatabases: [],
  keyNames: /(?!)/,
};

const TRAITS: ReadonlyMap<string, SystemTraits> = new Map(
  Object.entries({
    postgres: { ...PLAIN, ports: ['5432'], keyNames: /postgres|^pg/i },
    mysql: {
      ...PLAIN,
      ports: ['3306'],
      ownDatabases: ['mysql', 'sys', 'information_schema', 'performance_schema'],
      keyNames: /mysql|mariadb/i,
    },
    sqlserver: {
      ...PLAIN,
      ports: ['1433'],
      pooler: false,
      ownDatabases: ['master', 'tempdb', 'model', 'msdb'],
      keyNames: /mssql|sql[-_.]?server|^sa[-_]/i,
    },
    mongodb: {
      ...PLAIN,
      ports: ['27017'],
      path: 'auth',
      ownDatabases: ['admin', 'local', 'config'],
      keyNames: /mongo/i,
    },
    redis: {
      ...PLAIN,
      ports: ['6379'],
      tls: { rediss: ['6379', '6380'], valkeys: ['6379', '6380'] },
      user: 'default',
      database: '0',
      path: 'index',
      keyNames: /redis|valkey/i,
    },
    amqp: {
      ...PLAIN,
      ports: ['5672'],
      tls: { amqps: ['5671'] },
      user: 'guest',
      database: '/',
      path: 'index',
      keyNames: /amqp|rabbit/i,
    },
    smtp: {
      ...PLAIN,
      ports: ['25', '587'],
      tls: { smtps: ['465'] },
      pooler: false,
      path: 'none',
      keyNames: /smtp|mail/i,
    },
  } satisfies Readonly<Record<string, SystemTraits>>),
);

export const traitsOf = (system: string): SystemTraits => TRAITS.get(system) ?? PLAIN;
