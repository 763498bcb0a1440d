import t from 'tap';
import {
  aCreate,
  GOOD,
  reportedFindings,
  STORY,
  sentences,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const POSTGRES = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: password,
  POSTGRES_DB: 'shop',
  POSTGRES_HOST: 'pg',
  POSTGRES_PORT: '6543',
};
const MYSQL = { MYSQL_USER: 'shop', MYSQL_PASSWORD: password, MYSQL_HOST: 'db' };
const AMQP = {
  RABBITMQ_DEFAULT_USER: 'shop',
  RABBITMQ_DEFAULT_PASS: password,
  RABBITMQ_HOST: 'mq',
  RABBITMQ_PORT: '5672',
};
const SMTP = { SMTP_USER: 'shop', SMTP_PASSWORD: password, SMTP_HOST: 'mail', SMTP_PORT: '587' };
const MONGO = { MONGO_USER: 'shop', MONGO_PASSWORD: password, MONGO_DATABASE: 'shop', MONGO_HOST: 'mongo' };
const REDIS = { REDIS_PASSWORD: password, REDIS_HOST: 'redis' };
const MSSQL = { MSSQL_USER: 'shop', MSSQL_PASSWORD: password, MSSQL_HOST: 'mssql', MSSQL_PORT: '1444' };

/** Bases, key, and URL with `$` for its password. */
const CASES: readonly (readonly [string, Record<string, string>, string, string])[] = [
  ['a pooler', MYSQL, 'MYSQL_URL', 'mysql://shop:$@proxysql:6033/shop'],
  ['another server', MYSQL, 'MYSQL_URL', 'mysql://shop:$@old:3306/shop'],
  ['SMTP has no pooler', SMTP, 'SMTP_URL', 'smtp://shop:$@old:25'],
  ['a port for TLS', SMTP, 'SMTP_URL', 'smtps://shop:$@mail:465'],
  ['a port for TLS of RabbitMQ', AMQP, 'AMQP_URL', 'amqps://shop:$@mq:5671/shop'],
  ['the database of a user', MONGO, 'MONGODB_URI', 'mongodb://shop:$@mongo/accounts'],
  ['another database', MONGO, 'MONGODB_URI', 'mongodb://shop:$@mongo/x?authSource=admin'],
  ['the domain of a cluster', MONGO, 'MONGODB_URI', 'mongodb+srv://shop:$@c0.ab1cd.mongodb.net/x'],
  ['members of a cluster', REDIS, 'REDIS_URL', 'redis://:$@r0:6379,r1:6379/0'],
  ['Sentinel', REDIS, 'REDIS_URL', 'redis-sentinel://:$@s0:26379,s1:26379/mymaster'],
  ['a socket', MYSQL, 'MYSQL_DSN', 'shop:$@unix(/run/mysql.sock)/shop'],
  [
    'a port that SqlClient has no word for',
    MSSQL,
    'SQLSERVER_CONNECTION_STRING',
    'Server=mssql;Database=x;User Id=shop;Password=$',
  ],
  [
    'an instance',
    MSSQL,
    'DATABASE_URL',
    'jdbc:sqlserver://mssql\\SHOP:1433;databaseName=x;user=shop;password=$',
  ],
  [
    'a port that is none',
    { ...MYSQL, MYSQL_PORT: 'tcp://10.0.0.1:3306' },
    'MYSQL_URL',
    'mysql://shop:$@db:3306/shop',
  ],
  [
    'a socket in a parameter',
    POSTGRES,
    'DATABASE_URL',
    'postgresql://shop:$@localhost/shop?host=/cloudsql/k:e:pg',
  ],
  [
    'a socket in a parameter',
    POSTGRES,
    'DATABASE_URL',
    'postgresql://shop:$@localhost:5432/shop?host=%2Frun%2Fpg',
  ],
  ['a socket in the path', POSTGRES, 'DATABASE_URL', 'postgres://shop:$@//cloudsql/k:e:pg/shop'],
  ['a host with a port', { ...MYSQL, MYSQL_HOST: 'db:3306' }, 'MYSQL_URL', 'mysql://shop:$@db:3306/shop'],
];

for (const [what, bases, key, url] of CASES)
  t.test(`${what}: only the password of ${key} follows`, async (t) => {
    const written = (secret: string) =>
      writtenValues(validated(aCreate({ ...bases, [key]: url.replace('$', secret) }, { name: 'shop' })))[key];
    t.equal(written(other), url.replace('$', password));
    t.equal(written(password), undefined, 'then it is kept');
  });

t.test('what can not be known is left as it is', async (t) => {
  for (const [bases, key, text] of [
    [REDIS, 'REDIS_URL', `redis://${other}@redis:6379`],
    [REDIS, 'REDIS_URL', `redis:6379,password=${other},ssl=True`],
    [REDIS, 'REDIS_URL', 'https://eu1-shop.upstash.io'],
    [MSSQL, 'SQLSERVER_CONNECTION_STRING', 'Server=mssql;Database=x;Integrated Security=true'],
    [SMTP, 'MAILER_DSN', 'null://null'],
  ] as const) {
    const decision = validated(aCreate({ ...bases, [key]: text }, { name: 'shop' }));
    t.same([writtenValues(decision), reportedFindings(decision)], [{}, []], text);
  }
});

t.test('two systems under one key: each policy corrects the URLs of its own', async (t) => {
  const bases = {
    ...MYSQL,
    POSTGRES_USER: 'pg',
    POSTGRES_PASSWORD: GOOD.key.slice(0, 24),
    POSTGRES_DB: 'pg',
  };
  const data = {
    ...bases,
    DATABASE_URL: `mysql://shop:${other}@db/shop`,
    POSTGRES_URL: `postgres://pg:${other}@pg/pg`,
  };
  t.same(writtenValues(validated(aCreate(data, { name: 'shop' }))), {
    DATABASE_URL: `mysql://shop:${password}@db/shop`,
    POSTGRES_URL: `postgres://pg:${bases.POSTGRES_PASSWORD}@pg/pg`,
  });
});

t.test('a policy that binds all parts keeps a socket too', async (t) => {
  for (const socket of [
    `recon:$@localhost/reconciliation?host=/cloudsql/k:e:pg`,
    `recon:$@localhost:5432/reconciliation?schema=public&host=%2Fcloudsql%2Fk:e:pg`,
    `recon:$@//cloudsql/k:e:pg/reconciliation`,
  ]) {
    const url = `postgresql://${socket}`;
    for (const bases of [STORY, { ...STORY, POSTGRES_HOST: 'pg' }]) {
      const written = (secret: string) =>
        writtenValues(validated(aCreate({ ...bases, DATABASE_URL: url.replace('$', secret) })));
      t.same(written(other), { DATABASE_URL: url.replace('$', password) }, url);
      t.same(written(password), {}, `kept: ${url}`);
    }
  }
  const path = 'postgres:////var/run/postgresql/shop';
  const { DATABASE_URL } = writtenValues(
    validated(aCreate({ ...POSTGRES, DATABASE_URL: path }, { name: 'shop' })),
  );
  t.match(DATABASE_URL, /^postgres:\/\/[^/]*\/\/var\/run\/postgresql\/shop$/);
});

t.test('a URL that proves its user in another way gets no password', async (t) => {
  const MONGO = { MONGO_USER: 'shop', MONGO_PASSWORD: password };
  for (const [bases, key, url] of [
    [MONGO, 'MONGODB_URI', 'mongodb://mongo/shop?authMechanism=MONGODB-X509&tls=true'],
    [
      MONGO,
      'MONGODB_URI',
      'mongodb+srv://c.x.mongodb.net/d?authSource=%24external&authMechanism=MONGODB-AWS',
    ],
    [MONGO, 'MONGODB_URI', 'mongodb://mongo/shop?authmechanism=GSSAPI'],
    [AMQP, 'AMQP_URL', 'amqps://mq:5671/?auth_mechanism=external'],
  ] as const) {
    const decision = validated(aCreate({ ...bases, [key]: url }, { name: 'shop' }));
    t.same(writtenValues(decision), {}, url);
    t.same(reportedFindings(decision), [], url);
  }
  const scram = 'mongodb://mongo/shop?authMechanism=SCRAM-SHA-256&authSource=admin';
  t.ok(
    'MONGODB_URI' in writtenValues(validated(aCreate({ ...MONGO, MONGODB_URI: scram }, { name: 'shop' }))),
  );
});

t.test('brackets around an IPv6 address belong to the URL', async (t) => {
  const bases = { ...POSTGRES, POSTGRES_HOST: '[2001:db8::1]', POSTGRES_PORT: '5432' };
  const url = `postgresql://shop:${password}@[2001:db8::1]:5432/shop`;
  t.match(writtenValues(validated(aCreate(bases, { name: 'shop' }))), {});
  for (const [data, name] of [
    [{ ...bases, DATABASE_URL: url }, 'shop'],
    [
      {
        ...STORY,
        POSTGRES_HOST: '[2001:db8::1]',
        DATABASE_URL: `postgresql://recon:${password}@[2001:DB8::1]:5432/reconciliation`,
      },
      'reconciliation-secrets',
    ],
  ] as const) {
    const decision = validated(aCreate(data, { name }));
    t.same([writtenValues(decision), reportedFindings(decision)], [{}, []]);
  }
  const derived = writtenValues(validated(aCreate({ ...STORY, POSTGRES_HOST: '[2001:db8::1]' })));
  t.match(derived.DATABASE_URL, '@[2001:db8::1]:5432/');
  const moved = `postgresql://recon:${password}@old:5432/reconciliation?sslmode=require`;
  const { DATABASE_URL } = writtenValues(
    validated(aCreate({ ...STORY, POSTGRES_HOST: '[2001:db8::1]', DATABASE_URL: moved })),
  );
  t.equal(DATABASE_URL, moved.replace('old', '[2001:db8::1]'), 'all other bytes stay');
});

t.test('a URL without a host gets the port of the host too', async (t) => {
  const { DATABASE_URL } = writtenValues(
    validated(aCreate({ ...POSTGRES, DATABASE_URL: 'postgresql:///shop' }, { name: 'shop' })),
  );
  t.equal(DATABASE_URL, `postgresql://shop:${password}@pg:6543/shop`);
  const { POSTGRES_HOST: _, ...without } = POSTGRES;
  const unknown = writtenValues(
    validated(aCreate({ ...without, DATABASE_URL: 'postgresql://shop:x@/shop' }, { name: 'shop' })),
  );
  t.equal(unknown.DATABASE_URL, `postgresql://shop:${password}@/shop`, 'no port without its host');
});

t.test('a sentence about a part that stays is true beside a corrected password', async (t) => {
  const data = { ...REDIS, CACHE_URL: `redis://:${other}@redis-b:6379/0` };
  const decision = validated(aCreate(data, { name: 'shop' }));
  t.same(writtenValues(decision), { CACHE_URL: `redis://:${password}@redis-b:6379/0` });
  t.match(sentences(decision), [/has another host than REDIS_HOST, and host is not changed/]);
  const without = validated(
    aCreate({ ...POSTGRES, DATABASE_URL: `postgresql://shop:${password}@pg:6543` }, { name: 'shop' }),
  );
  t.same(sentences(without), [], 'no database is no other database');
});

t.test('a URL without a login in an owned Secret is a warning, which says that it lacks one', async (t) => {
  const rest = { name: 'shop', labels: new Map([['reconcile.external-secrets.io/managed', 'true']]) };
  const text = (url: string) => sentences(validated(aCreate({ ...REDIS, REDIS_URL: url }, rest)));
  const { findings } = validated(aCreate({ ...REDIS, REDIS_URL: 'redis://redis:6379/2' }, rest));
  t.same(
    findings.map(({ action }) => action),
    ['Warn'],
  );
  t.match(text('redis://redis:6379/2'), [/REDIS_URL\]?:? lacks the password of REDIS_PASSWORD/]);
  t.match(text(`redis://:${other}@redis:6379/2`), [/has another password than REDIS_PASSWORD/]);
});

t.test('each spelling of a Service in the namespace of the Secret is the same host', async (t) => {
  for (const host of [
    'pg.recon',
    'pg.recon.svc',
    'PG.recon.svc.cluster.local',
    'pg.recon.svc.cluster.local.',
  ]) {
    const DATABASE_URL = `postgresql://shop:${password}@${host}:6543/shop`;
    t.strictSame(writtenValues(validated(aCreate({ ...POSTGRES, DATABASE_URL }))), {}, host);
  }
  const DATABASE_URL = `postgresql://shop:${password}@pg.other.svc:6543/shop`;
  t.match(writtenValues(validated(aCreate({ ...POSTGRES, DATABASE_URL }))).DATABASE_URL, '@pg:6543/');
});
