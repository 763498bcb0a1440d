import t from 'tap';
import { serverKindOf } from '../../../../src/engine/login/server-kinds/kinds.ts';
import { aSecret, builtins, GOOD } from '../../../helpers/engine/engine.ts';
import { aCredential } from '../../../helpers/login/postgres-credential.ts';

const KEYS = { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', database: '', system: 'redis' } as const;
const urlTo = (rest: string, login = `app:${GOOD.password}`, scheme = 'redis') =>
  `${scheme}://${login}@${rest}`;

function loginIn(data: Parameters<typeof aSecret>[0], server: object = {}) {
  const { spec } = aCredential({ server });
  const secret = aSecret({ REDIS_PASSWORD: GOOD.password, ...data }, { namespace: 'shop' });
  return serverKindOf(KEYS).loginIn(secret, { ...spec, keys: KEYS }, builtins);
}

const APP = { REDIS_USERNAME: 'app' };

t.test('takes the server from the object, then the base keys, then the URL of the login', async (t) => {
  const secret = { ...APP, REDIS_HOST: 'redis.example.com', REDIS_PORT: '6380' };
  const withUrl = { ...secret, REDIS_URL: urlTo('proxy.example.com:7000/0') };
  const cases: readonly (readonly [Parameters<typeof aSecret>[0], object, object])[] = [
    [withUrl, { host: '10.0.0.7' }, { host: '10.0.0.7', port: 6379 }],
    [withUrl, { host: '10.0.0.7', port: 7 }, { host: '10.0.0.7', port: 7 }],
    [withUrl, {}, { host: 'redis.example.com', port: 6380, tls: { mode: 'disable' } }],
    [{ ...APP, VALKEY_HOST: 'v.x', VALKEY_PORT: '7' }, {}, { host: 'v.x', port: 7 }],
    [{ ...APP, REDIS_URL: urlTo('r.x:7000/0') }, {}, { host: 'r.x', port: 7000 }],
    [{ ...APP, REDIS_URL: urlTo('r.x') }, {}, { host: 'r.x', port: 6379 }],
    [{ ...APP, REDIS_URL: urlTo('r.x', `app:${GOOD.other}`) }, {}, { host: 'r.x' }],
    [{ ...APP, A_URL: urlTo('old.x', `app:${GOOD.other}`), B_URL: urlTo('r.x') }, {}, { host: 'r.x' }],
    [{ ...APP, REDIS_HOST: 'redis' }, {}, { host: 'redis.shop.svc', tls: { name: 'redis' } }],
  ];
  for (const [data, server, target] of cases) t.match(loginIn(data, server), { target });
});

t.test('the user default in each spelling of a URL', async (t) => {
  for (const login of [`:${GOOD.password}`, `default:${GOOD.password}`])
    t.match(loginIn({ REDIS_URL: urlTo('r.x', login) }), {
      credential: { role: 'default' },
      target: { host: 'r.x' },
    });
});

t.test('a URL with TLS asks for verified TLS, and the object decides first', async (t) => {
  for (const scheme of ['rediss', 'REDISS', 'valkeys'])
    t.match(loginIn({ ...APP, REDIS_URL: urlTo('r.x', undefined, scheme) }), {
      target: { port: 6379, tls: { mode: 'verify-full' } },
    });
  const data = { ...APP, REDIS_URL: urlTo('r.x', undefined, 'rediss') };
  t.match(loginIn(data, { tls: { mode: 'require' } }), { target: { tls: { mode: 'require' } } });
});

t.test('explains a server that is missing or that it can not use', async (t) => {
  const cases: readonly (readonly [Parameters<typeof aSecret>[0], string])[] = [
    [APP, 'the Secret names no server: set REDIS_HOST in it, or spec.server.host'],
    [{ ...APP, REDIS_URL: urlTo('a:26379', `app:${GOOD.other}`, 'redis-sentinel') }, 'names no server'],
    [{ ...APP, REDIS_URL: urlTo('r.x', `other:${GOOD.password}`) }, 'names no server'],
    [{ ...APP, DATABASE_URL: urlTo('r.x', undefined, 'postgresql') }, 'names no server'],
    [{ ...APP, REDIS_HOST: 'a,b' }, 'REDIS_HOST names several servers'],
    [
      { ...APP, REDIS_HOST: 'r.x', REDIS_PORT: '99999' },
      'the port next to the host in REDIS_HOST is invalid',
    ],
  ];
  for (const [data, fault] of cases) t.match(loginIn(data), { fault });
  t.match(loginIn({ REDIS_PASSWORD: '' }), {
    fault: /or name the key that has it under spec.keys.password$/,
  });
});

t.test('refuses a login that Sentinels or a cluster have too, whatever the object names', async (t) => {
  const urls = [
    urlTo('a:26379,b:26379/0#main', undefined, 'redis-sentinel'),
    urlTo('a:26379/main/0', undefined, 'redis+sentinel'),
    urlTo('a:7000/0', undefined, 'redis+cluster'),
    urlTo('a:7000,b:7001/0'),
  ];
  for (const url of urls)
    t.match(loginIn({ ...APP, A_URL: urlTo('r.x'), B_URL: url }, { host: 'r.x' }), {
      fault: /^B_URL has this login for Sentinels or a cluster/,
    });
  const others = { B_URL: urlTo('a,b', `app:${GOOD.other}`), C_URL: urlTo('a,b', `other:${GOOD.password}`) };
  t.match(loginIn({ ...APP, ...others, D_URL: urlTo('r.x') }), { target: { host: 'r.x' } });
});
