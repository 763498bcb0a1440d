import t from 'tap';
import { aCreate, GOOD, reportedFindings, validated, writtenValues } from '../../helpers/engine/engine.ts';

const { password, other } = GOOD;
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
