import t from 'tap';
import { compileCredential } from '../../../../src/engine/login/credential-schema/compile.ts';
import { problemText } from '../../../../src/engine/policy/schema/problem.ts';
import { aCredential, aCredentialObject } from '../../../helpers/login/postgres-credential.ts';

const said = (document: unknown): readonly string[] => {
  const compiled = compileCredential(document);
  return 'problems' in compiled ? compiled.problems.map(problemText) : [];
};

t.test('accepts a PostgresCredential that names only a Secret', async (t) => {
  t.strictSame(
    aCredential(
      {},
      { uid: 'u1', generation: 3, creationTimestamp: '2026-11-25T10:00:00Z', labels: { a: 'b' } },
    ),
    {
      namespace: 'shop',
      name: 'shop',
      uid: 'u1',
      generation: 3,
      created: new Date('2026-11-25T10:00:00Z'),
      spec: {
        secretName: 'shop-secrets',
        keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
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
  );
});

t.test('reads every field, with durations in milliseconds', async (t) => {
  const { spec } = aCredential({
    keys: { user: 'DB_USER' },
    server: { host: 'postgres-service', port: 5433, tls: { mode: 'verify-full', caSecretName: 'pg-ca' } },
    adminSecretName: 'postgres-admin',
    rotation: {
      strategy: 'AlternatingUsers',
      schedule: '0 3 1 * *',
      timeZone: 'Europe/Berlin',
      window: '2h',
    },
    consumers: { restart: false, timeout: '90m' },
    history: 20,
  });
  t.match(spec, {
    keys: { user: 'DB_USER', password: 'POSTGRES_PASSWORD' },
    schedule: { schedule: '0 3 1 * *', timeZone: 'Europe/Berlin', window: 7_200_000 },
    consumers: { restart: false, timeout: 5_400_000 },
    strategy: 'AlternatingUsers',
  });
});

t.test('accepts a manifest that was not applied yet', async (t) => {
  for (const metadata of [{}, { namespace: undefined, creationTimestamp: null }, { creationTimestamp: 'x' }])
    t.match(aCredential({}, metadata), { uid: '', generation: 0, created: new Date(0) });
});

t.test('refuses an inconsistent spec, with a path and a fix for each fault', async (t) => {
  const faults: readonly (readonly [object, RegExp])[] = [
    [{ secretName: undefined }, /^spec\.secretName: is missing/],
    [{ secretName: 'Shop' }, /^spec\.secretName: is no name that a Secret can have/],
    [{ secretname: 'a' }, /^spec\.secretname: is no field of a PostgresCredential/],
    [{ keys: { password: 'a b' } }, /^spec\.keys\.password: is no key that a Secret can hold/],
    [{ keys: { user: 'POSTGRES_DB' } }, /^spec\.keys: user, password and database are three keys/],
    [{ keys: { user: 'PGPASSWORD', password: 'PGUSER' } }, /^spec\.keys\.user: sounds like a secret/],
    [{ keys: { database: 'db-secret' } }, /^spec\.keys\.database: sounds like a secret/],
    [{ allowedRoles: ['app'] }, /^spec\.allowedRoles: needs adminSecretName/],
    [{ allowedRoles: [] }, /^spec\.allowedRoles: /],
    [{ server: { host: 'db:5432' } }, /^spec\.server\.host: is no host/],
    [{ server: { host: 'a,b' } }, /^spec\.server\.host: is no host/],
    [{ server: { host: '/var/run/postgresql' } }, /^spec\.server\.host: is no host/],
    [{ server: { host: 'postgresql://db' } }, /^spec\.server\.host: is no host/],
    [{ server: { host: 'db', port: 0 } }, /^spec\.server\.port: is too small/],
    [{ server: { port: 5432 } }, /^spec\.server\.port: needs host/],
    [{ server: { tls: { mode: 'verify' } } }, /^spec\.server\.tls\.mode: must be one of disable, prefer/],
    [{ server: { tls: { mode: 'require', caSecretName: 'ca' } } }, /caSecretName: needs mode: verify-ca or/],
    [{ server: { tls: { mode: 'verify-ca' } } }, /^spec\.server\.tls\.mode: verify-ca needs caSecretName/],
    [{ server: { auth: [] } }, /^spec\.server\.auth: /],
    [{ server: { auth: ['gss'] } }, /^spec\.server\.auth\.?\[?0\]?: must be one of scram-sha-256/],
    [
      { server: { host: 'db', auth: ['password'] }, adminSecretName: 'admin' },
      /^spec\.server\.auth: an administrator's password is never sent in clear/,
    ],
    [
      { server: { host: 'db' }, adminSecretName: 'shop-secrets' },
      /^spec\.adminSecretName: is the Secret itself/,
    ],
    [{ adminSecretName: 'admin' }, /^spec\.adminSecretName: needs server\.host/],
    [
      { server: { tls: { mode: 'require' } }, adminSecretName: 'admin' },
      /^spec\.adminSecretName: needs server/,
    ],
    [
      { rotation: { strategy: 'AlternatingUsers' } },
      /^spec\.rotation\.strategy: AlternatingUsers needs adminSecretName/,
    ],
    [{ rotation: { strategy: 'InPlace' } }, /^spec\.rotation\.strategy: must be one of SingleUser, Alter/],
    [{ rotation: { timeZone: 'UTC' } }, /^spec\.rotation\.timeZone: needs schedule/],
    [{ rotation: { window: '2h' } }, /^spec\.rotation\.window: needs schedule/],
    [
      { rotation: { schedule: '@daily' } },
      /^spec\.rotation\.schedule: is not a cron schedule of five fields/,
    ],
    [{ rotation: { schedule: '0 3 * * 8' } }, /^spec\.rotation\.schedule: is not a cron schedule/],
    [{ rotation: { schedule: '0 3 30 2 *' } }, /^spec\.rotation\.schedule: never comes/],
    [
      { rotation: { schedule: '0 3 1 * *', timeZone: 'Europe/Bonn' } },
      /^spec\.rotation\.timeZone: is no time zone/,
    ],
    [{ rotation: { schedule: '0 3 1 * *', window: '2' } }, /^spec\.rotation\.window: is not a duration/],
    [{ consumers: { timeout: 600 } }, /^spec\.consumers\.timeout: has the wrong type/],
    [{ history: 1 }, /^spec\.history: is too small: write at least 2/],
    [{ history: 21 }, /^spec\.history: is too large: write at most 20/],
  ];
  for (const [spec, expected] of faults) {
    const lines = said(aCredentialObject(spec));
    t.equal(lines.length, 1, lines.join('; '));
    t.match(lines[0], expected);
  }
});

t.test('accepts names and addresses as hosts, and refuses anything else', async (t) => {
  for (const host of ['db', 'db.shop.svc.cluster.local.', '10.0.0.7', '::1', 'fd00::10.0.0.7', 'my_db-1'])
    t.strictSame(said(aCredentialObject({ server: { host } })), [], host);
});

t.test('refuses other kinds and hostile documents with one message', async (t) => {
  for (const document of [undefined, null, 'x', [], {}, { kind: 'SecretPolicy' }, { kind: {} }])
    t.match(said(document), [/^is no PostgresCredential or RedisCredential/]);
  const proto = JSON.parse('{"kind":"PostgresCredential","spec":{"__proto__":{"history":3}}}');
  t.match(said(proto), [/^spec\.__proto__: is a name that JavaScript keeps/]);
  t.match(said({ kind: 'PostgresCredential', metadata: null, spec: null }), [
    /^apiVersion/,
    /^metadata/,
    /^spec/,
  ]);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`\u202e${n}`, n]));
  const lines = said(aCredentialObject(many));
  t.ok(lines.length > 0 && lines.length <= 21 && lines.every((line) => /^[ -~]{1,400}$/.test(line)));
  const holdsItself: Record<string, unknown> = {};
  holdsItself.keys = holdsItself;
  t.match(said(aCredentialObject(holdsItself)), [/nested too deep for a PostgresCredential/]);
  t.match(said(aCredentialObject({ secretName: 'a'.repeat(1_000_000) })), [/^spec\.secretName: is too long/]);
});

t.test('repeats no value in a message', async (t) => {
  const value = 'S3cret-pasted-into-the-wrong-field';
  for (const spec of [
    { secretName: value },
    { server: { host: `${value} ` } },
    { rotation: { schedule: value } },
    { rotation: { schedule: '0 3 1 * *', timeZone: value } },
    { adminSecretName: value, rotation: { strategy: value } },
  ])
    t.notMatch(said(aCredentialObject(spec)).join('\n'), value);
});

t.test('refuses copies that can not be followed', async (t) => {
  const withCopies = (...copies: object[]) => said(aCredentialObject({ copies }));
  t.match(withCopies({ secretName: 'shop-secrets' }), [/spec.copies\[0\]: is the Secret itself/]);
  t.match(withCopies({ namespace: 'shop', secretName: 'shop-secrets' }), [/is the Secret itself/]);
  t.same(withCopies({ namespace: 'other', secretName: 'shop-secrets' }), []);
  const twice = { namespace: 'other', secretName: 'app' };
  t.match(withCopies(twice, twice), [/spec.copies\[1\]: is there twice/]);
  t.match(withCopies({ ...twice, keys: { user: 'A', password: 'A' } }), [/user and password are two keys/]);
  const many = Array.from({ length: 65 }, (_, index) => ({ secretName: `copy-${index}` }));
  t.equal(withCopies(...many).length, 1);
});

t.test('a copy has the keys of the PostgresCredential, or its own', async (t) => {
  const compiled = compileCredential(
    aCredentialObject({
      keys: { password: 'DB_PASSWORD' },
      copies: [
        { secretName: 'near' },
        { namespace: 'reports', secretName: 'far', keys: { password: 'PGPASSWORD', database: 'DB' } },
      ],
    }),
  );
  t.match('credential' in compiled && compiled.credential.spec.copies, [
    { namespace: 'shop', name: 'near', keys: { user: 'POSTGRES_USER', password: 'DB_PASSWORD' } },
    { namespace: 'reports', name: 'far', keys: { user: 'POSTGRES_USER', password: 'PGPASSWORD' } },
  ]);
});
