import t from 'tap';
import { crossSecretViolations } from '../../../../src/engine/login/in-secret/cross-secret.ts';
import { loginsOf } from '../../../../src/engine/login/in-secret/logins.ts';
import { aPolicy, aSecret, builtins, GOOD } from '../../../helpers/engine/engine.ts';

type Values = Readonly<Record<string, string>>;

/** `b: POSTGRES_PASSWORD` for the Secrets a, b, c … of one namespace. */
function found(secrets: readonly Values[], policies = builtins, groups: readonly string[] = []) {
  const neighbours = secrets.map((values, index) => ({
    ref: `team/${'abcdefgh'[index]}`,
    group: groups[index] ?? 'shop',
    logins: loginsOf(aSecret(values, { name: 'x', namespace: 'shop' }), policies),
  }));
  return crossSecretViolations(neighbours).map(({ index, key, message }) => {
    for (const value of secrets.flatMap((each) => Object.values(each))) t.notOk(message.includes(value));
    return `${'abcdefgh'[index]}: ${key} ${message}`;
  });
}

const base = { POSTGRES_USER: 'shop', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'orders' };
const others = { ...base, POSTGRES_PASSWORD: GOOD.other };
const url = (host: string, password = GOOD.other, rest = 'orders') =>
  `postgresql://shop:${password}@${host}/${rest}`;

t.test('reports the same login with two passwords at the later Secret', async (t) => {
  t.same(found([base, others]), [
    'b: POSTGRES_PASSWORD has another password than POSTGRES_PASSWORD of Secret team/a for the same login',
  ]);
  t.same(found([base, { DATABASE_URL: url('db') }]), [
    'b: DATABASE_URL has another password than POSTGRES_PASSWORD of Secret team/a for the same login',
  ]);
  t.same(found([{ DATABASE_URL: url('db') }, { ...base, POSTGRES_HOST: 'db' }]), [
    'b: POSTGRES_PASSWORD has another password than DATABASE_URL of Secret team/a for the same login',
  ]);
});

t.test('reports a stale URL under any key and in any form', async (t) => {
  for (const stale of [
    { DIRECT_URL: url('db') },
    { APP_DB: url('db').replace('postgresql', 'postgresql+asyncpg') },
    { JDBC: `jdbc:postgresql://db:5432/orders?user=shop&password=${GOOD.other}` },
    { DSN: `host=db user=shop password=${GOOD.other} dbname=orders` },
  ]) {
    t.equal(found([{ ...base, POSTGRES_HOST: 'db' }, stale]).length, 1, Object.keys(stale).join());
  }
});

t.test('compares the several names of one Service', async (t) => {
  const a = { URL_A: url('db', GOOD.password) };
  for (const host of [
    'db.shop',
    'db.shop.svc',
    'DB.shop.svc.cluster.local',
    'db:5432',
    'db.shop.svc.cluster.local.',
  ]) {
    t.equal(found([a, { URL_B: url(host) }]).length, 1, host);
  }
  const pod = [{ URL_A: url('db-0.db', GOOD.password) }, { URL_B: url('db-0.db.shop.svc.cluster.local') }];
  t.equal(found(pod).length, 1, 'the pod of a StatefulSet');
});

t.test('another Service, a zone and an address are other hosts', async (t) => {
  const a = (host: string) => ({ URL_A: url(host, GOOD.password) });
  for (const [one, other] of [
    ['redis.cache', 'redis.cache.shop'],
    ['db', 'db.shop.'],
    ['db', 'db.svc'],
    ['a,b', 'a.shop,b.shop'],
  ] as const)
    t.same(found([a(one), { URL_B: url(other).replace('/orders', '/x') }]), [], other);
});

t.test('an uncommon user name alone is enough', async (t) => {
  const alone = (user: string, password: string) => ({ POSTGRES_USER: user, POSTGRES_PASSWORD: password });
  t.equal(found([alone('shop', GOOD.password), alone('shop', GOOD.other)]).length, 1);
  t.same(found([alone('postgres', GOOD.password), alone('postgres', GOOD.other)]), []);
});

t.test('does not report logins that may be different', async (t) => {
  const server = { ...base, POSTGRES_HOST: 'db', POSTGRES_PORT: '5432' };
  for (const [what, other] of [
    ['the same password', { DATABASE_URL: url('db', GOOD.password) }],
    ['another user', { ...others, POSTGRES_USER: 'reports' }],
    ['another database', { ...others, POSTGRES_DB: 'stock' }],
    ['a read replica', { DATABASE_URL: url('db-replica') }],
    ['a pooler', { DATABASE_URL: url('db:6432') }],
    ['another system', { DATABASE_URL: url('db').replace('postgresql', 'mysql') }],
    ['MySQL by its port', { DB_USER: 'shop', DB_PASSWORD: GOOD.other, DB_NAME: 'orders', DB_PORT: '3306' }],
    ['no user', { DATABASE_URL: `postgresql://:${GOOD.other}@db/orders` }],
    ['no password', { DATABASE_URL: 'postgresql://shop@db/orders' }],
    ['a placeholder, which is told already', { DATABASE_URL: url('db', 'CHANGE_ME') }],
    ['binary', { DATABASE_URL: '\u0000\ufffd' }],
  ] as const) {
    t.same(found([server, other]), [], what);
  }
  const everywhere = { POSTGRES_USER: 'postgres', POSTGRES_DB: 'postgres' };
  t.same(
    found([
      { ...everywhere, POSTGRES_PASSWORD: GOOD.password },
      { ...everywhere, POSTGRES_PASSWORD: GOOD.other },
    ]),
    [],
    'the superuser of two servers',
  );
});

t.test('Secrets of two groups are not compared', async (t) => {
  t.same(found([base, others], builtins, ['dev', 'prod']), []);
});

t.test('finds keys with other names by their policy', async (t) => {
  const policy = aPolicy('own', {
    match: { hasAnyKey: ['LOGIN'] },
    keys: {
      LOGIN: {},
      CODE: { sensitive: true },
      LINK: { derive: { template: 'postgresql://${LOGIN}:${CODE}@pg/${BASE:-orders}', addWith: ['CODE'] } },
    },
  });
  const own = { LOGIN: 'shop', CODE: GOOD.password, BASE: 'orders' };
  t.match(found([own, others], [policy, ...builtins]), [
    /^b: POSTGRES_PASSWORD .* than CODE of Secret team\/a/,
  ]);
});

t.test('compares many logins in linear time', async (t) => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    ref: `shop/${index}`,
    group: 'shop',
    logins: loginsOf(
      aSecret(
        Object.fromEntries(
          Array.from({ length: 200 }, (_, key) => [
            `URL_${key}`,
            url('db', `${GOOD.password}${index}x${key}`),
          ]),
        ),
        { name: 'x', namespace: 'shop' },
      ),
      builtins,
    ),
  }));
  t.ok(many.every(({ logins }) => logins.length <= 64));
  t.equal(crossSecretViolations(many).length, 299 * 64);
});
