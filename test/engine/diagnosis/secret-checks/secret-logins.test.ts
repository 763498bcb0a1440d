import t from 'tap';
import { secretLogins } from '../../../../src/engine/diagnosis/secret-checks/secret-logins.ts';
import { newRecord, type SecretRecord } from '../../../../src/engine/secret/record/record.ts';
import { aSecret, builtins, GOOD } from '../../../helpers/engine/engine.ts';
import { at, aVersion, values } from '../../../helpers/engine/record.ts';

const SPEC = {
  keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
  server: {},
  strategy: 'SingleUser',
} as const;
const KEYS = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: GOOD.password,
  POSTGRES_DB: 'orders',
  POSTGRES_HOST: 'db',
};

const loginsIn = (
  texts: Readonly<Record<string, string | Uint8Array>>,
  more: Partial<Parameters<typeof secretLogins>[0]> = {},
) =>
  secretLogins({
    secret: aSecret(texts, { namespace: 'shop', name: 'app' }),
    spec: SPEC,
    policies: builtins,
    record: undefined,
    correctedKeys: [],
    ca: undefined,
    ...more,
  });

const where = ({ logins }: ReturnType<typeof secretLogins>) =>
  logins.map(
    ({ key, role, target: { host, port, database } }) => `${key} ${role}@${host}:${port}/${database}`,
  );

t.test('lists a login once, with the name of its Service for pods', async (t) => {
  const url = `postgresql://shop:${GOOD.password}@db.shop.svc.cluster.local/orders`;
  t.same(where(loginsIn(KEYS)), ['POSTGRES_PASSWORD shop@db.shop.svc:5432/orders']);
  t.same(where(loginsIn({ ...KEYS, DATABASE_URL: url.replace('.shop.svc.cluster.local', '') })), [
    'POSTGRES_PASSWORD shop@db.shop.svc:5432/orders',
  ]);
  t.same(where(loginsIn({ API_URL: url })), ['API_URL shop@db.shop.svc.cluster.local:5432/orders']);
});

t.test('a pooler in the URL is a login of its own', async (t) => {
  const url = `postgresql://shop:${GOOD.password}@pool:6432/orders`;
  t.same(where(loginsIn({ ...KEYS, DATABASE_URL: url })), [
    'POSTGRES_PASSWORD shop@db.shop.svc:5432/orders',
    'DATABASE_URL shop@pool.shop.svc:6432/orders',
  ]);
});

t.test('names a login by the key from which it was read', async (t) => {
  const url = `postgresql://shop:${GOOD.other}@db/orders`;
  t.same(where(loginsIn({ ...KEYS, DATABASE_URL: url })), [
    'POSTGRES_PASSWORD shop@db.shop.svc:5432/orders',
    'DATABASE_URL shop@db.shop.svc:5432/orders',
  ]);
});

t.test('another host, port, database, role or password is a login of its own', async (t) => {
  const first = `postgresql://shop:${GOOD.password}@db:5432/orders`;
  const count = (second: string) => loginsIn({ FIRST_URL: first, SECOND_URL: second }).logins.length;
  t.equal(count(first), 1);
  t.equal(count(first.replace('@db', '@replica')), 2);
  t.equal(count(first.replace('5432', '6432')), 2);
  t.equal(count(first.replace('orders', 'archive')), 2);
  t.equal(count(first.replace('shop:', 'reports:')), 2);
  t.equal(count(first.replace(GOOD.password, GOOD.other)), 2);
});

t.test('uses the CA of the spec for each server', async (t) => {
  const url = `postgresql://shop:${GOOD.password}@db:6432/orders`;
  const authorities = (ca: string | undefined) =>
    loginsIn({ FIRST_URL: url, SECOND_URL: url.replace('6432', '5432') }, { ca }).logins.map(
      ({ target }) => target.tls.ca,
    );
  t.same(authorities('PEM'), ['PEM', 'PEM']);
  t.same(authorities(undefined), [undefined, undefined]);
});

t.test('tries a password with a line break unchanged', async (t) => {
  const { logins, fault } = loginsIn(
    { ...KEYS, POSTGRES_PASSWORD: `${GOOD.password}\n` },
    { correctedKeys: ['POSTGRES_PASSWORD'] },
  );
  t.equal(fault, undefined);
  t.match(logins, [{ isNormalisable: true, isHashShaped: false, hostKey: 'POSTGRES_HOST' }]);
  t.equal(
    logins[0]?.password.withPlaintext(({ text }) => text),
    `${GOOD.password}\n`,
  );
});

t.test('finds the passwords of the same role in versions, in keys and in URLs', async (t) => {
  const record = (...versions: SecretRecord['versions']): SecretRecord => ({
    ...newRecord('u', values(KEYS), { time: at(0), by: 'kubectl', why: { kind: 'seen' } }),
    versions,
  });
  const url = (password: string) => `postgresql://shop:${password}@db/orders`;
  const versions = [
    aVersion(1, { ...KEYS, POSTGRES_USER: 'before', POSTGRES_PASSWORD: GOOD.key }),
    aVersion(2, { ...KEYS, POSTGRES_PASSWORD: GOOD.other }),
    aVersion(3, KEYS),
    aVersion(4, {}, { data: undefined }),
  ];
  t.same(
    loginsIn(KEYS, { record: record(...versions) }).logins[0]?.versions.map(({ number }) => number),
    [3, 2],
  );
  const urls = [aVersion(1, { URL: url(GOOD.other) }), aVersion(2, { URL: url(GOOD.password) })];
  const [login] = loginsIn({ URL: url(GOOD.password) }, { record: record(...urls) }).logins;
  t.same(
    login?.versions.map(({ number }) => number),
    [2, 1],
  );
});

t.test('limits the logins of a hostile Secret, and invents none', async (t) => {
  const large = new Uint8Array(1024 * 1024 - 1024).fill(0x41);
  const urls = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [
      `URL_${index}`,
      `postgresql://u${index}:${GOOD.password}@h${index}/d`,
    ]),
  );
  t.equal(loginsIn(urls).logins.length, 8);
  t.same(loginsIn({ ...KEYS, POSTGRES_PASSWORD: large }).logins, []);
  t.match(loginsIn({ ...KEYS, POSTGRES_PASSWORD: Uint8Array.of(0xff) }), { logins: [], fault: /not text/ });
  t.match(loginsIn({}), { logins: [], fault: /no value under POSTGRES_USER/ });
  const hostile = JSON.parse(`{"__proto__": "postgresql://a:${GOOD.other}@h/d", "constructor": "x"}`);
  t.same(where(loginsIn({ ...KEYS, ...hostile })).length >= 1, true);
  t.equal(
    where(loginsIn(JSON.parse(`{"__proto__": "postgresql://a:${GOOD.other}@h.test/d"}`)))[0],
    '__proto__ a@h.test:5432/d',
  );
});
