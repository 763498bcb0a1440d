import t from 'tap';
import {
  aCreate,
  anUpdate,
  GOOD,
  reportedFindings,
  sentences,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const third = 'mX4wLq8RtZ2kVn6bYc9d';
const stranger = { name: 'shop-db' };
type Data = Readonly<Record<string, string>>;
const created = (data: Data) => validated(aCreate(data, stranger));
const updated = (before: Data, after: Data) => validated(anUpdate(before, after, stranger));
const result = (decision: ReturnType<typeof created>) => [
  writtenValues(decision),
  reportedFindings(decision),
];

const REDIS = { REDIS_PASSWORD: password, REDIS_URL: `redis://:${password}@redis:6379` };

t.test('the URL of a second Redis server keeps its password, and a warning says so', (t) => {
  const CACHE_REDIS_URL = `redis://:${other}@cache:6379`;
  for (const bases of [REDIS, { ...REDIS, REDIS_HOST: 'redis' }]) {
    const data = { ...bases, CACHE_REDIS_URL };
    t.same(result(created(data)), [{}, ['Warn CACHE_REDIS_URL mismatch']]);
    const rotated = updated(data, { ...data, REDIS_PASSWORD: third });
    t.same(writtenValues(rotated), { REDIS_URL: `redis://:${third}@redis:6379` }, 'the first one follows');
  }
  t.match(sentences(created({ ...REDIS, REDIS_HOST: 'redis', CACHE_REDIS_URL })), [
    /^CACHE_REDIS_URL: .*has another host, password than REDIS_HOST, REDIS_PASSWORD, and nothing is changed/,
  ]);
  t.same(
    writtenValues(
      created({
        REDIS_PASSWORD: password,
        CELERY_BROKER_URL: `redis://:${other}@broker:6379/0`,
        CELERY_RESULT_BACKEND: `redis://:${password}@redis:6379/1`,
      }),
    ),
    {},
  );
  const slot = { ...REDIS, CACHE_URL: 'redis://:${REDIS_PASSWORD}@cache:6379' };
  t.same(
    writtenValues(created(slot)),
    { CACHE_URL: `redis://:${password}@cache:6379` },
    'a slot is no password',
  );
  const mysql = { MYSQL_USER: 'shop', MYSQL_PASSWORD: password, MYSQL_HOST: 'db' };
  const urls = {
    DATABASE_URL: `mysql://shop:${password}@db/shop`,
    MYSQL_URL: `mysql://shop:${other}@old/shop`,
  };
  t.same(writtenValues(created({ ...mysql, ...urls })), {}, 'the user can be the same');
  t.end();
});

t.test('a placeholder in the URL of a second server is refused', (t) => {
  for (const secret of ['changeme', 'password'])
    t.same(reportedFindings(created({ ...REDIS, CACHE_URL: `redis://:${secret}@cache:6379/0` })), [
      'Enforce CACHE_URL placeholder',
    ]);
  t.end();
});

t.test('two URLs of the second server stay', (t) => {
  const two = { CACHE_URL: `redis://:${other}@cache:6379/0`, QUEUE_URL: `redis://:${other}@cache:6379/1` };
  t.same(writtenValues(created({ ...REDIS, ...two })), {});
  t.same(writtenValues(created({ ...two, ...REDIS })), {}, 'in any order');
  t.end();
});

t.test('an earlier manifest with two hosts follows the base key, as the stored URLs did', (t) => {
  const of = (secret: string, cache = secret) => ({
    REDIS_PASSWORD: secret,
    REDIS_URL: `redis://:${secret}@a:6379`,
    CACHE_URL: `redis://:${cache}@b:6379`,
  });
  t.same(writtenValues(updated(of(other), of(password, third))), { CACHE_URL: of(password).CACHE_URL });
  t.end();
});

t.test('the login of another kind of server decides about no URL', (t) => {
  for (const smtp of [
    { SMTP_USER: 'shop', SMTP_PASSWORD: other },
    { REDIS_USERNAME: 'shop', REDIS_PASSWORD: other },
    { ADMIN_USER: 'shop', ADMIN_PASSWORD: other },
  ]) {
    const data = { POSTGRES_PASSWORD: password, ...smtp, DATABASE_URL: `postgresql://shop:${third}@db/shop` };
    t.same(writtenValues(created(data)), { DATABASE_URL: `postgresql://shop:${password}@db/shop` });
  }
  t.end();
});

t.test('a URL of the same login at another host follows', (t) => {
  const cases: readonly (readonly [string, Data])[] = [
    [
      'it is the only URL',
      { REDIS_HOST: 'redis', REDIS_PASSWORD: password, REDIS_URL: `redis://:${other}@r:6379` },
    ],
    [
      'another URL has its password',
      {
        ...REDIS,
        REDIS_HOST: 'redis',
        REDIS_URL: `redis://:${other}@redis`,
        CACHE_URL: `redis://:${other}@r`,
      },
    ],
    ['both go to one host', { ...REDIS, CACHE_URL: `redis://:${other}@redis:6379/1` }],
    [
      'it goes to the host of the base key',
      { ...REDIS, REDIS_HOST: 'r', CACHE_URL: `redis://:${other}@r:6379/1` },
    ],
  ];
  for (const [why, data] of cases) {
    const written = writtenValues(created(data));
    for (const [key, url] of Object.entries(data).filter(([, value]) => value.includes(`:${other}@`)))
      t.equal(written[key], url.replace(other, password), `${why}: ${key}`);
  }
  t.end();
});

t.test('a URL whose user has a password key of its own does not get that of the superuser', (t) => {
  const bitnami = { 'postgres-password': password, password: other, username: 'shop' };
  const url = `postgresql://shop:${third}@pg:5432/shop`;
  const decision = created({ ...bitnami, DATABASE_URL: url });
  t.same(result(decision), [{}, ['Warn DATABASE_URL mismatch']]);
  t.match(sentences(decision), [/has another password than password, and nothing is changed/]);
  t.same(
    writtenValues(created({ ...bitnami, username: 'postgres', DATABASE_URL: url })),
    { DATABASE_URL: url.replace(third, password) },
    'another user than that of the key',
  );
  t.same(
    writtenValues(created({ 'postgres-password': password, username: 'shop', DATABASE_URL: url })),
    { DATABASE_URL: url.replace(third, password) },
    'there is no other password',
  );
  t.end();
});

t.test('the user of a hosted server can have the name of its tenant in it', (t) => {
  const bases = { POSTGRES_USER: 'postgres', POSTGRES_PASSWORD: password };
  for (const url of [
    `postgresql://postgres.abcdefgh:${password}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true`,
    `postgresql://postgres%40acme:${password}@acme.postgres.database.azure.com/shop`,
    `host=acme.postgres.database.azure.com user=postgres@acme password=${password} dbname=shop`,
  ])
    t.same(result(created({ ...bases, DATABASE_URL: url })), [{}, []], url);
  const hosted = (secret: string) =>
    `postgresql://postgres.abcdefgh:${secret}@pooler.supabase.com:6543/postgres`;
  const before = { ...bases, DATABASE_URL: hosted(password) };
  t.same(
    writtenValues(updated(before, { ...before, POSTGRES_PASSWORD: other })),
    { DATABASE_URL: hosted(other) },
    'its password follows a rotation',
  );
  const renamed = {
    ...before,
    POSTGRES_USER: 'app.old',
    DATABASE_URL: `postgresql://app.old:${password}@db/shop`,
  };
  t.same(
    writtenValues(updated(renamed, { ...renamed, POSTGRES_USER: 'app' })),
    { DATABASE_URL: `postgresql://app:${password}@db/shop` },
    'the earlier name of a user is no tenant',
  );
  t.same(
    writtenValues(created({ ...bases, DATABASE_URL: `postgresql://postgresx:${password}@db/shop` })),
    { DATABASE_URL: `postgresql://postgres:${password}@db/shop` },
    'another user',
  );
  t.end();
});
