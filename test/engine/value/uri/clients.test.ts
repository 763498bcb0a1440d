import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { aCreate, validated, writtenValues } from '../../../helpers/engine/engine.ts';

/**
 * The official clients read back what lockstep wrote. Each parses its own options, and none of them connects.
 *
 * - mysql2: a pool keeps the parsed URL, and connects with the first query.
 * - ioredis: `lazyConnect` keeps the parsed options.
 * - mongodb: the constructor parses, `connect()` would connect.
 * - amqplib: `credentialsFromUrl` of `lib/connect.js`; `connect()` takes the virtual host from the path as here. It
 *   decodes each escape as one character of Latin-1, so it reads no other character from any URL.
 * - tedious: it takes no URL. `@tediousjs/connection-string` reads the string, and `new Connection` takes the values.
 * - nodemailer: a transport keeps the parsed URL.
 */
const require = createRequire(import.meta.url);
const mysql = require('mysql2');
const { Redis } = require('ioredis');
const { MongoClient } = require('mongodb');
const { credentialsFromUrl } = require(join(dirname(require.resolve('amqplib')), 'lib', 'connect.js'));
const { parse: parseConnectionString } = require('@tediousjs/connection-string');
const { Connection } = require('tedious');
const { createTransport } = require('nodemailer');

interface Login {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly database: string;
}

const PIECES = [
  ...'@:/?#%&=+ \'"`\\<>}[]()^|~!$,;*éß',
  ...[
    '日本',
    '🔑',
    '%40',
    '%zz',
    '%2F',
    '@@//',
    '://',
    'a=b&c=d',
    '#?',
    '\\\\',
    "''",
    '""',
    '}}',
    '@tcp(',
    ')/',
    '@h:1/',
  ],
];
const PASSWORDS = PIECES.map((piece) => `Vq7mT2x${piece}Lr9KcW4n`);
const STALE = 'h3JfPz6RyD1gXw5EuNaQ';

/** One text of a client, with `PASSWORD` in the place of the password. */
interface Form {
  readonly what: string;
  readonly key: string;
  readonly bases: Readonly<Record<string, string>>;
  readonly passwordKey: string;
  /** Absent: all. */
  readonly passwords?: readonly string[];
  readonly text: (password: string) => string;
  readonly read: (text: string) => Partial<Login>;
  readonly expected: Omit<Login, 'password'>;
}

const MYSQL = {
  bases: { MYSQL_USER: 'shop+a@b', MYSQL_DATABASE: 'shop' },
  passwordKey: 'MYSQL_PASSWORD',
  expected: { user: 'shop+a@b', host: 'mysql', port: 3307, database: 'shop' },
};
const MSSQL = {
  bases: { MSSQL_USER: 'shop', MSSQL_DATABASE: 'shop' },
  passwordKey: 'MSSQL_PASSWORD',
  expected: { user: 'shop', host: 'mssql', port: 1434, database: 'shop' },
};
const REDIS = { passwordKey: 'REDIS_PASSWORD', read: readRedis };
const MONGO = {
  bases: { MONGO_USER: 'shop' },
  passwordKey: 'MONGO_PASSWORD',
  key: 'MONGODB_URI',
  read: readMongo,
};

const FORMS: readonly Form[] = [
  {
    ...MYSQL,
    what: 'mysql2, URL',
    key: 'MYSQL_URL',
    text: (password) => `mysql://shop%2Ba%40b:${password}@mysql:3307/shop?charset=utf8mb4`,
    read: readMysql,
  },
  {
    ...MYSQL,
    what: 'JDBC for MySQL',
    key: 'MARIADB_URL',
    text: (password) => `jdbc:mysql://mysql:3307/shop?user=shop%2Ba%40b&password=${password}&useSSL=true`,
    read: readJdbcUrl,
  },
  {
    ...MYSQL,
    what: 'DSN of Go for MySQL',
    key: 'MYSQL_DSN',
    text: (password) => `shop+a@b:${password}@tcp(mysql:3307)/shop?parseTime=true`,
    read: readGoDsn,
  },
  {
    ...MYSQL,
    what: 'ADO.NET for MySQL',
    key: 'MYSQL_CONNECTION_STRING',
    text: (password) => `Server=mysql;Port=3307;Database=shop;Uid=shop+a@b;Pwd=${password}`,
    read: readAdo,
  },
  {
    ...MSSQL,
    what: 'tedious, ADO.NET',
    key: 'SQLSERVER_CONNECTION_STRING',
    text: (password) => `Server=tcp:mssql,1434;Database=shop;User Id=shop;Password=${password};Encrypt=True`,
    read: readAdo,
  },
  {
    ...MSSQL,
    what: 'JDBC for SQL Server',
    key: 'DATABASE_URL',
    text: (password) =>
      `jdbc:sqlserver://mssql:1434;databaseName=shop;user=shop;password=${password};encrypt=true`,
    read: readJdbcProperties,
  },
  {
    ...MSSQL,
    what: 'sqlserver:// of Go',
    key: 'DATABASE_URL',
    text: (password) => `sqlserver://shop:${password}@mssql:1434?database=shop`,
    read: readWebUrl,
  },
  {
    ...REDIS,
    what: 'ioredis without a user',
    key: 'REDIS_URL',
    bases: {},
    text: (password) => `rediss://:${password}@redis:6380/3`,
    expected: { user: '', host: 'redis', port: 6380, database: '3' },
  },
  {
    ...REDIS,
    what: 'ioredis with a user',
    key: 'CACHE_URL',
    bases: { REDIS_USERNAME: 'shop' },
    text: (password) => `redis://shop:${password}@redis:6380/3`,
    expected: { user: 'shop', host: 'redis', port: 6380, database: '3' },
  },
  {
    ...MONGO,
    what: 'mongodb',
    text: (password) => `mongodb://shop:${password}@mongo:27018/shop?authSource=admin`,
    expected: { user: 'shop', host: 'mongo:27018', port: undefined, database: 'shop' },
  },
  {
    ...MONGO,
    what: 'mongodb with three hosts',
    text: (password) => `mongodb://shop:${password}@m0:27018,m1:27018,m2:27018/shop?replicaSet=rs0`,
    expected: { user: 'shop', host: 'm0:27018,m1:27018,m2:27018', port: undefined, database: 'shop' },
  },
  {
    ...MONGO,
    what: 'mongodb+srv',
    text: (password) => `mongodb+srv://shop:${password}@cluster0.ab1cd.mongodb.net/shop`,
    expected: { user: 'shop', host: 'cluster0.ab1cd.mongodb.net', port: undefined, database: 'shop' },
  },
  {
    what: 'amqplib',
    passwords: PASSWORDS.filter((password) => /^[ -~]*$/.test(password)),
    key: 'AMQP_URL',
    bases: { RABBITMQ_DEFAULT_USER: 'shop' },
    passwordKey: 'RABBITMQ_DEFAULT_PASS',
    text: (password) => `amqp://shop:${password}@rabbitmq:5673/%2F`,
    read: readAmqp,
    expected: { user: 'shop', host: 'rabbitmq', port: 5673, database: '/' },
  },
  {
    what: 'nodemailer',
    key: 'SMTP_URL',
    bases: { SMTP_USER: 'no-reply@shop.example.org' },
    passwordKey: 'SMTP_PASSWORD',
    text: (password) => `smtp://no-reply%40shop.example.org:${password}@mail:2525`,
    read: readMail,
    expected: { user: 'no-reply@shop.example.org', host: 'mail', port: 2525, database: '' },
  },
];

function readMysql(text: string): Partial<Login> {
  const pool = mysql.createPool(text);
  const { user, password, host, port, database } = pool.config.connectionConfig;
  pool.end();
  return { user, password, host, port, database };
}

function readRedis(text: string): Partial<Login> {
  const client = new Redis(text, { lazyConnect: true });
  const { username, password, host, port, db } = client.options;
  client.disconnect();
  return { user: username ?? '', password, host, port, database: String(db) };
}

function readMongo(text: string): Partial<Login> {
  const { credentials, hosts, srvHost, dbName } = new MongoClient(text).options;
  const host = srvHost ?? hosts.map(String).join(',');
  return {
    user: credentials.username,
    password: credentials.password,
    host,
    port: undefined,
    database: dbName,
  };
}

function readAmqp(text: string): Partial<Login> {
  const url = new URL(text);
  const handshake: string[] = credentialsFromUrl(url).response().toString().split('\0');
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    user: handshake[1] ?? '',
    password: handshake[2] ?? '',
    host: url.hostname,
    port: Number(url.port),
    database,
  };
}

function readMail(text: string): Partial<Login> {
  const { auth, host, port } = createTransport(text).transporter.options;
  return { user: auth.user, password: auth.pass, host, port, database: '' };
}

function readWebUrl(text: string): Partial<Login> {
  const url = new URL(text);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return {
    user,
    password,
    host: url.hostname,
    port: Number(url.port),
    database: url.searchParams.get('database') ?? '',
  };
}

/** Connector/J decodes the query like a form. */
function readJdbcUrl(text: string): Partial<Login> {
  const url = new URL(text.slice('jdbc:'.length));
  const [user = '', password = ''] = ['user', 'password'].map((name) => url.searchParams.get(name) ?? '');
  return { user, password, host: url.hostname, port: Number(url.port), database: url.pathname.slice(1) };
}

/** As go-sql-driver/mysql looks for the last `/`, then for the last `@`, then for the first `:`. */
function readGoDsn(text: string): Partial<Login> {
  const slash = text.lastIndexOf('/');
  const at = text.lastIndexOf('@', slash);
  const colon = text.indexOf(':');
  const [, host = '', port] = /^tcp\((.*):(\d+)\)$/.exec(text.slice(at + 1, slash)) ?? [];
  const [database = ''] = text.slice(slash + 1).split('?');
  return {
    user: text.slice(0, colon),
    password: text.slice(colon + 1, at),
    host,
    port: Number(port),
    database,
  };
}

function readAdo(text: string): Partial<Login> {
  const values = new Map<string, string>(
    [...parseConnectionString(text)].map(([name, value]: [string, string]) => [name.toLowerCase(), value]),
  );
  const [server = '', port = values.get('port')] = (values.get('server') ?? '')
    .replace(/^tcp:/, '')
    .split(',');
  const userName = values.get('user id') ?? values.get('uid') ?? '';
  const password = values.get('password') ?? values.get('pwd') ?? '';
  const { config } = new Connection({
    server,
    authentication: { type: 'default', options: { userName, password } },
    options: { port: Number(port), database: values.get('database') ?? '' },
  });
  const { options } = config.authentication;
  return {
    user: options.userName,
    password: options.password,
    host: config.server,
    port: config.options.port,
    database: config.options.database,
  };
}

/** As the driver of Microsoft documents it: braces around a value, and `}}` for a `}` inside them. */
function readJdbcProperties(text: string): Partial<Login> {
  const [, host = '', port, rest = ''] = /^jdbc:sqlserver:\/\/([^:;]+):(\d+);(.*)$/s.exec(text) ?? [];
  const values = new Map<string, string>();
  for (const [, name = '', braced, bare] of rest.matchAll(
    /([a-zA-Z]+)=(?:\{((?:[^}]|\}\})*)\}|([^;{}]*))(?:;|$)/gs,
  ))
    values.set(name, braced?.replaceAll('}}', '}') ?? bare ?? '');
  const [user = '', password = '', database = ''] = ['user', 'password', 'databaseName'].map(
    (name) => values.get(name) ?? '',
  );
  return { user, password, host, port: Number(port), database };
}

const elsewhere = { name: 'shop-db' };

for (const { what, key, bases, passwordKey, passwords = PASSWORDS, text, read, expected } of FORMS)
  t.test(`${what} reads back what lockstep wrote`, async (t) => {
    for (const password of passwords) {
      const data = { ...bases, [passwordKey]: password };
      const written = writtenValues(validated(aCreate({ ...data, [key]: text(STALE) }, elsewhere)))[key];
      if (typeof written !== 'string') {
        t.fail(`wrote nothing for ${JSON.stringify(password)}`);
        continue;
      }
      const login = { ...expected, password };
      t.match(read(written), login, `${password} in ${written}`);
      t.equal(
        writtenValues(validated(aCreate({ ...data, [key]: written }, elsewhere)))[key],
        undefined,
        'and keeps it',
      );
    }
  });

t.test('an agreeing URL with another encoding is kept byte for byte', async (t) => {
  for (const { key, bases, passwordKey, text } of FORMS.filter(({ text }) =>
    /^(?!jdbc)[a-z+]+:\/\//.test(text('x')),
  ))
    for (const password of PASSWORDS) {
      const spelled = text(encodeURIComponent(password).replaceAll('%2F', '%2f'));
      const data = { ...bases, [passwordKey]: password, [key]: spelled };
      t.same(writtenValues(validated(aCreate(data, elsewhere))), {}, spelled);
    }
});
