import t from 'tap';
import {
  aCreate,
  anUpdate,
  builtins,
  GOOD,
  mutated,
  reportedFindings,
  STORY,
  STORY_URL,
  sentences,
  validated,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;
const third = 'mX4wLq8RtZ2kVn6bYc9d';
const warnings = (decision: ReturnType<typeof validated>) =>
  decision.changes.map(({ key, warning }) => `${key}: ${warning}`);

t.test('an update of another key corrects no stored URL, and warns', async (t) => {
  const url = STORY_URL.replace(password, other);
  for (const [secret, policy] of [
    [{ name: 'reconciliation-secrets' }, 'reconciliation'],
    [{ name: 'shop-db' }, 'postgres-credentials'],
  ] as const) {
    const before = { ...STORY, DATABASE_URL: url, LOG_LEVEL: 'info' };
    const decision = validated(anUpdate(before, { ...before, LOG_LEVEL: 'debug' }, secret));
    t.same(writtenValues(decision), {}, policy);
    t.same(reportedFindings(decision), ['Warn DATABASE_URL mismatch']);
    t.match(sentences(decision), [
      /has another password than POSTGRES_PASSWORD .*so nothing is changed: see lockstep heal recon\//,
    ]);
  }
});

t.test('an update that changes the URL or a base key corrects it', async (t) => {
  const stale = STORY_URL.replace(password, other);
  const before = { ...STORY, POSTGRES_PASSWORD: other, DATABASE_URL: stale };
  t.same(writtenValues(validated(anUpdate(before, { ...before, POSTGRES_PASSWORD: password }))), {
    DATABASE_URL: STORY_URL,
  });
  const kept = { ...STORY, DATABASE_URL: stale };
  t.same(writtenValues(validated(anUpdate(kept, { ...kept, DATABASE_URL: `${stale}&x=y` }))), {
    DATABASE_URL: `${STORY_URL}&x=y`,
  });
});

t.test('an update of another key adds no derived key, and repairs no unusable URL', async (t) => {
  for (const stored of [{}, { DATABASE_URL: '' }, { DATABASE_URL: 'not a url' }]) {
    const before = { ...STORY, ...stored, LOG_LEVEL: 'info' };
    const decision = validated(anUpdate(before, { ...before, LOG_LEVEL: 'debug' }));
    t.same(writtenValues(decision), {}, JSON.stringify(stored));
    t.ok(reportedFindings(decision).every((line) => line.startsWith('Warn DATABASE_URL ')));
  }
});

t.test('the warning says that a password was replaced that the base key never had', async (t) => {
  const before = { ...STORY, DATABASE_URL: STORY_URL.replace(password, third) };
  const rotated = validated(anUpdate(before, { ...before, POSTGRES_PASSWORD: other }));
  t.same(warnings(rotated), [
    'DATABASE_URL: password now follows POSTGRES_PASSWORD [lockstep/mismatch]: the password in it, neither the earlier nor the new POSTGRES_PASSWORD, was replaced',
  ]);
  const inSync = { ...STORY, DATABASE_URL: STORY_URL };
  t.same(warnings(validated(anUpdate(inSync, { ...inSync, POSTGRES_PASSWORD: other }))), [
    'DATABASE_URL: password now follows POSTGRES_PASSWORD [lockstep/mismatch]',
  ]);
  const both = { ...STORY, POSTGRES_PASSWORD: other, DATABASE_URL: before.DATABASE_URL };
  t.match(warnings(validated(anUpdate(inSync, both))), [/was replaced$/]);
});

const BASES = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: password,
  POSTGRES_DB: 'shop',
  POSTGRES_HOST: 'db',
};

t.test('a key is added only next to no URL of its system, and the warning says so', async (t) => {
  const added = (data: Record<string, string>) =>
    warnings(validated(aCreate({ ...BASES, ...data }, { name: 'shop-db' })));
  t.same(added({}), [
    'DATABASE_URL: was missing, and was added: derived from POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_HOST, POSTGRES_DB',
  ]);
  const url = `postgresql://shop:${password}@pooler:6432/shop`;
  for (const data of [
    { DIRECT_URL: url },
    { 'app.dsn': `host=db user=shop password=${password} dbname=shop` },
    { 'application.properties': `a=b\nspring.datasource.url=jdbc:postgresql://db/shop\n` },
  ])
    t.same(added(data), [], JSON.stringify(Object.keys(data)));
  t.equal(added({ REDIS_URL: 'redis://cache:6379' }).length, 1, 'the URL of another system is none');
  const mysql = { MYSQL_USER: 'a', MYSQL_PASSWORD: password, MYSQL_DATABASE: 'a', MYSQL_HOST: 'db' };
  const withMysql = (data: Record<string, string>) =>
    Object.keys(writtenValues(validated(aCreate({ ...mysql, ...data }, { name: 'shop' }))));
  t.same(withMysql({}), ['MYSQL_URL']);
  t.same(withMysql({ DATABASE_URL: `mysql://a:${password}@db/a` }), []);
});

t.test('reconciliation adds its URL next to another one', async (t) => {
  const decision = validated(aCreate({ ...STORY, DIRECT_URL: STORY_URL }));
  t.same(writtenValues(decision), { DATABASE_URL: STORY_URL });
  t.match(warnings(decision), [/was missing, and was added: derived from POSTGRES_USER, /]);
});

t.test('a generated key is announced too', async (t) => {
  const annotations = new Map([['lockstep.dev/generate', 'true']]);
  const decision = mutated(aCreate({ JWT_SECRET: GOOD.key }, { name: 'api', annotations }), builtins);
  t.same(warnings(decision), ['JWT_REFRESH_SECRET: was missing, and was added: generated']);
});
