import t from 'tap';
import { loginInSecret } from '../../../../src/engine/login/in-secret/login-in-secret.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { aSecret, builtins, GOOD } from '../../../helpers/engine/engine.ts';
import { aCredential } from '../../../helpers/login/postgres-credential.ts';

const BASE = { POSTGRES_USER: 'app', POSTGRES_PASSWORD: GOOD.password, POSTGRES_DB: 'shop' };
const urlTo = (rest: string, user = 'app', password = GOOD.password) =>
  `postgresql://${user}:${password}@${rest}`;

function found(data: Parameters<typeof aSecret>[0], spec: object = {}, rest: Partial<Secret> = {}) {
  const login = loginInSecret(
    aSecret(data, { namespace: 'shop', ...rest }),
    aCredential(spec).spec,
    builtins,
  );
  if ('fault' in login) throw new Error(login.fault);
  return login;
}

const fault = (data: Parameters<typeof aSecret>[0], spec: object = {}) => {
  const login = loginInSecret(aSecret(data, { namespace: 'shop' }), aCredential(spec).spec, builtins);
  return 'fault' in login ? login.fault : undefined;
};

t.test('reads role and password from the keys of the spec', async (t) => {
  const { credential, target } = found(
    { ...BASE, DB_USER: 'other', DB_PASSWORD: GOOD.other, POSTGRES_HOST: 'db.example.com' },
    { keys: { user: 'DB_USER', password: 'DB_PASSWORD' } },
  );
  t.equal(credential.role, 'other');
  t.ok(credential.password.withPlaintext(({ text }) => text === GOOD.other));
  t.equal(target.database, 'shop');
});

t.test('takes the server from the PostgresCredential, then the base keys, then the URL', async (t) => {
  const secret = {
    ...BASE,
    POSTGRES_HOST: 'db.example.com',
    POSTGRES_PORT: '5433',
    DATABASE_URL: urlTo('pooler.example.com:6432/shop?sslmode=require'),
  };
  const cases: readonly (readonly [Parameters<typeof aSecret>[0], object, object])[] = [
    [secret, { server: { host: '10.0.0.7' } }, { host: '10.0.0.7', port: 5432 }],
    [secret, { server: { host: 'pg.example.com', port: 6000 } }, { host: 'pg.example.com', port: 6000 }],
    [secret, {}, { host: 'db.example.com', port: 5433, tls: { mode: 'require' } }],
    [{ ...secret, POSTGRES_PORT: '' }, {}, { host: 'db.example.com', port: 5432 }],
    [
      { ...BASE, POSTGRES_HOST: 'db.example.com', DATABASE_URL: urlTo('db.example.com:6432/shop') },
      {},
      { port: 6432 },
    ],
    [
      { ...BASE, DATABASE_URL: urlTo('db.example.com/x') },
      {},
      { host: 'db.example.com', port: 5432, database: 'shop' },
    ],
    [{ ...BASE, DATABASE_URL: urlTo('[::1]:7/x') }, {}, { host: '::1', port: 7 }],
    [{ ...BASE, DB_HOST: 'db.example.com', DB_PORT: '7' }, {}, { host: 'db.example.com', port: 7 }],
    [{ ...BASE, POSTGRES_DB: '', DATABASE_URL: urlTo('h.x/in-url') }, {}, { database: 'in-url' }],
    [{ ...BASE, POSTGRES_DB: '', POSTGRES_HOST: 'h.x' }, {}, { database: 'app' }],
  ];
  for (const [data, spec, target] of cases) t.match(found(data, spec).target, target);
});

t.test('a name without a dot is a Service of the namespace, and the name in the certificate', async (t) => {
  t.strictSame(found({ ...BASE, POSTGRES_HOST: 'postgres-service' }).target, {
    host: 'postgres-service.shop.svc',
    port: 5432,
    database: 'shop',
    tls: { mode: 'prefer', name: 'postgres-service' },
  });
  t.equal(found({ ...BASE, POSTGRES_HOST: 'pg' }, {}, { namespace: '' }).target.host, 'pg');
  for (const host of ['localhost', '127.0.0.1', '::1', 'db.shop', 'db.shop.svc.', '/var/run/postgresql']) {
    const { target } = found({ ...BASE, POSTGRES_HOST: host });
    t.strictSame([target.host, target.tls], [host, { mode: 'prefer' }]);
  }
});

t.test('takes the TLS mode from the PostgresCredential, then from the URL of this login', async (t) => {
  const withMode = (mode: string) => ({ ...BASE, DATABASE_URL: urlTo(`h.x/shop?sslmode=${mode}`) });
  for (const [sslmode, mode] of [
    ['disable', 'disable'],
    ['allow', 'prefer'],
    ['verify-full', 'verify-full'],
    ['__proto__', 'prefer'],
    ['toString', 'prefer'],
  ])
    t.equal(found(withMode(sslmode ?? '')).target.tls.mode, mode);
  t.equal(
    found(withMode('disable'), { server: { tls: { mode: 'verify-ca', caSecretName: 'pg-ca' } } }).target.tls
      .mode,
    'verify-ca',
  );
  const others = {
    READ_URL: urlTo('r.x/shop?sslmode=disable', 'reader'),
    CACHE_URL: 'redis://app:x@r.y?sslmode=disable',
  };
  t.equal(found({ ...BASE, POSTGRES_HOST: 'h.x', ...others }).target.tls.mode, 'prefer');
});

t.test('prefers the URL with the same password', async (t) => {
  const data = { ...BASE, A_URL: urlTo('old.x/shop', 'app', GOOD.other), B_URL: urlTo('new.x/shop') };
  t.equal(found(data).target.host, 'new.x');
  t.equal(found({ ...BASE, A_URL: data.A_URL }).target.host, 'old.x', 'one that is behind still says where');
});

t.test('explains a missing or invalid value in one sentence with a fix', async (t) => {
  const host = { POSTGRES_HOST: 'h.x' };
  const cases: readonly (readonly [Parameters<typeof aSecret>[0], RegExp])[] = [
    [{}, /no value under POSTGRES_USER: set it, or name the key that has it under spec\.keys\.user/],
    [
      { POSTGRES_USER: 'app', POSTGRES_PASSWORD: '' },
      /no value under POSTGRES_PASSWORD: .*spec\.keys\.password/,
    ],
    [BASE, /names no server: set POSTGRES_HOST in it, or spec\.server\.host/],
    [{ ...BASE, ...host, POSTGRES_PASSWORD: 'a\tb' }, /^POSTGRES_PASSWORD holds a line break or another/],
    [{ ...BASE, ...host, POSTGRES_PASSWORD: 'a\n' }, /^POSTGRES_PASSWORD holds a line break/],
    [{ ...BASE, ...host, POSTGRES_USER: 'app\0' }, /^POSTGRES_USER holds a line break/],
    [
      { ...BASE, ...host, POSTGRES_PASSWORD: Uint8Array.of(0xff, 0xfe) },
      /^POSTGRES_PASSWORD holds bytes that/,
    ],
    [{ ...BASE, ...host, POSTGRES_USER: 'a'.repeat(64) }, /^POSTGRES_USER holds more than 63 bytes/],
    [{ ...BASE, ...host, POSTGRES_DB: 'ä'.repeat(32) }, /^POSTGRES_DB holds more than 63 bytes/],
    [
      { ...BASE, ...host, POSTGRES_PASSWORD: 'a'.repeat(1_000_000) },
      /^POSTGRES_PASSWORD holds more than 4096/,
    ],
    [{ ...BASE, POSTGRES_HOST: 'a,b' }, /^POSTGRES_HOST names several servers/],
    [{ ...BASE, DATABASE_URL: urlTo('a:1,b:2/shop') }, /^its URL names several servers/],
    [{ ...BASE, POSTGRES_HOST: 'postgres://h.x' }, /^POSTGRES_HOST names no host/],
    [{ ...BASE, POSTGRES_HOST: 'h.x:5432' }, /^POSTGRES_HOST names no host/],
    [{ ...BASE, ...host, POSTGRES_PORT: '99999' }, /port next to the host in POSTGRES_HOST is invalid/],
    [{ ...BASE, ...host, POSTGRES_PORT: '54 32' }, /port next to the host in POSTGRES_HOST is invalid/],
  ];
  for (const [data, sentence] of cases) t.match(fault(data), sentence);
});

t.test('a missing key `__proto__` has no value', async (t) => {
  t.match(fault({ ...BASE }, { keys: { user: '__proto__' } }), /no value under __proto__/);
});
