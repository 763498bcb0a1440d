import t from 'tap';

import {
  aCreate,
  anUpdate,
  findingTexts,
  GOOD,
  reasons,
  reportedFindings,
  STORY,
  STORY_URL,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

t.test('removes the newline of echo, and derives the URL from the rest', async (t) => {
  const decision = validated(
    aCreate({ ...STORY, POSTGRES_PASSWORD: `${GOOD.password}\n`, POSTGRES_USER: 'recon\r\n' }),
  );
  t.same(writtenValues(decision), {
    POSTGRES_PASSWORD: GOOD.password,
    POSTGRES_USER: 'recon',
    DATABASE_URL: STORY_URL,
  });
  t.same(reasons(decision), {
    POSTGRES_USER: 'trailing-newline',
    POSTGRES_PASSWORD: 'trailing-newline',
    DATABASE_URL: 'derived',
  });
  t.same(reportedFindings(decision), []);
});

t.test('removes quotes kept from a dotenv file', async (t) => {
  const decision = validated(
    aCreate({ ...STORY, JWT_SECRET: `"${GOOD.key}"`, DATABASE_URL: `'${STORY_URL}'\n` }),
  );
  t.same(writtenValues(decision), { JWT_SECRET: GOOD.key, DATABASE_URL: STORY_URL });
  t.same(reasons(decision), { JWT_SECRET: 'quoted', DATABASE_URL: 'trailing-newline' });
});

t.test('removes blanks around a derived URL, and keeps its free parts', async (t) => {
  const pooler = (password: string): string =>
    `postgres://recon:${password}@pooler:6432/reconciliation?pool=5`;
  for (const password of [GOOD.password, GOOD.other]) {
    const decision = validated(aCreate({ ...STORY, DATABASE_URL: ` ${pooler(password)}\t` }));
    t.same(writtenValues(decision), { DATABASE_URL: pooler(GOOD.password) });
    t.same(reasons(decision), { DATABASE_URL: 'whitespace' });
    t.same(reportedFindings(decision), []);
  }
});

t.test('leaves an inner quote, one quote, several lines and a file unchanged', async (t) => {
  for (const text of [
    `"a"b"${GOOD.key}"`,
    `"${GOOD.key}`,
    `${GOOD.key}\nsecond line\n`,
    `"${GOOD.key.repeat(200)}"`,
  ]) {
    t.same(writtenValues(validated(aCreate({ ...STORY, CSRF_SECRET: text }))), { DATABASE_URL: STORY_URL });
  }
});

t.test('normalises only values that this request set', async (t) => {
  const before = { ...STORY, DATABASE_URL: STORY_URL, CSRF_SECRET: `"${GOOD.other}${GOOD.password}"` };
  const decision = validated(anUpdate(before, { ...before, REDIS_URL: 'redis://redis:6379' }));
  t.same(decision.changes, []);
  t.same(reportedFindings(decision), ['Warn CSRF_SECRET quoted']);
});

t.test('never normalises a key that no policy names, and warns only if it sounds sensitive', async (t) => {
  const decision = validated(aCreate({ 'api-token': `${GOOD.key}\n`, motd: 'hello\n' }, { name: 'other' }));
  t.same([decision.changes, findingTexts(decision)], [[], ['Warn api-token trailing-newline']]);
});

t.test('reports an accident as a finding if mutation was skipped', async (t) => {
  const request = aCreate({
    ...STORY,
    DATABASE_URL: STORY_URL,
    JWT_SECRET: `${GOOD.key}\n`,
    CSRF_SECRET: `'${GOOD.other}${GOOD.password}'`,
  });
  t.same(reportedFindings(validatedOnly(request)), [
    'Enforce CSRF_SECRET quoted',
    'Enforce JWT_SECRET trailing-newline',
  ]);
});
