import t from 'tap';
import { compileCredential } from '../../../../src/engine/login/credential-schema/compile.ts';
import { problemText } from '../../../../src/engine/policy/schema/problem.ts';
import { aRedisCredentialObject } from '../../../helpers/login/redis-credential.ts';

const said = (document: unknown): readonly string[] => {
  const compiled = compileCredential(document);
  return 'problems' in compiled ? compiled.problems.map(problemText) : [];
};

t.test('accepts a RedisCredential that names only a Secret', async (t) => {
  t.strictSame(compileCredential(aRedisCredentialObject()), {
    credential: {
      namespace: 'shop',
      name: 'shop',
      uid: '',
      generation: 0,
      created: new Date(0),
      spec: {
        secretName: 'shop-secrets',
        keys: { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', database: '', system: 'redis' },
        server: {},
        copies: [],
        adminSecretName: undefined,
        allowedRoles: undefined,
        strategy: 'SingleUser',
        schedule: undefined,
        consumers: { restart: true, timeout: 600_000 },
        history: 5,
      },
    },
  });
});

t.test('reads every field of a RedisCredential', async (t) => {
  t.match(
    compileCredential(
      aRedisCredentialObject({
        keys: { password: 'CACHE_PASSWORD' },
        server: { host: 'redis', port: 6380, tls: { mode: 'verify-ca', caSecretName: 'redis-ca' } },
        adminSecretName: 'redis-admin',
        allowedUsers: ['app'],
        rotation: { schedule: '0 3 1 * *', timeZone: 'Europe/Berlin', window: '2h' },
        consumers: { restart: false, timeout: '90m' },
      }),
    ),
    {
      credential: {
        spec: {
          keys: { user: 'REDIS_USERNAME', password: 'CACHE_PASSWORD' },
          server: { host: 'redis', port: 6380, tls: { mode: 'verify-ca', caSecretName: 'redis-ca' } },
          adminSecretName: 'redis-admin',
          allowedRoles: ['app'],
          strategy: 'SingleUser',
          schedule: { schedule: '0 3 1 * *', timeZone: 'Europe/Berlin', window: 7_200_000 },
          consumers: { restart: false, timeout: 5_400_000 },
        },
      },
    },
  );
});

t.test('refuses an inconsistent RedisCredential, with a path and a fix for each fault', async (t) => {
  const faults: readonly (readonly [object, RegExp])[] = [
    [{ secretName: undefined }, /^spec\.secretName: is missing/],
    [{ keys: { password: 'REDIS_USERNAME' } }, /^spec\.keys: user and password are two keys/],
    [
      { keys: { user: 'USER_TOKEN' } },
      /^spec\.keys\.user: sounds like a secret, and holds the name of a user/,
    ],
    [{ keys: { database: 'DB' } }, /^spec\.keys\.database: is no field of a RedisCredential/],
    [{ adminSecretName: 'shop-secrets', server: { host: 'redis' } }, /and the user changes its own password/],
    [{ adminSecretName: 'admin' }, /^spec\.adminSecretName: needs server\.host/],
    [{ allowedUsers: ['app'] }, /^spec\.allowedUsers: needs adminSecretName.* a user changes itself alone/],
    [{ allowedUsers: ['a b'] }, /^spec\.allowedUsers\.?\[?0\]?: is no name that a user can have/],
    [{ allowedRoles: ['app'] }, /^spec\.allowedRoles: is no field of a RedisCredential/],
    [{ copies: [] }, /^spec\.copies: is no field/],
    [{ server: { auth: ['password'] } }, /^spec\.server\.auth: is no field/],
    [{ server: { host: 'redis:6379' } }, /^spec\.server\.host: is no host/],
    [{ server: { port: 6379 } }, /^spec\.server\.port: needs host/],
    [{ server: { tls: { mode: 'prefer' } } }, /^spec\.server\.tls\.mode: must be one of disable, require/],
    [{ server: { tls: { mode: 'verify-ca' } } }, /^spec\.server\.tls\.mode: verify-ca needs caSecretName/],
    [{ rotation: { strategy: 'SingleUser' } }, /^spec\.rotation\.strategy: is no field/],
    [{ rotation: { window: '2h' } }, /^spec\.rotation\.window: needs schedule/],
    [{ rotation: { schedule: '0 3 30 2 *' } }, /^spec\.rotation\.schedule: never comes/],
    [{ history: 1 }, /^spec\.history: is too small/],
  ];
  for (const [spec, expected] of faults) {
    const lines = said(aRedisCredentialObject(spec));
    t.equal(lines.length, 1, lines.join('; '));
    t.match(lines[0], expected);
  }
});
