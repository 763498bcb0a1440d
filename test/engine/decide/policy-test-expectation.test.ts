import t from 'tap';

import { differenceOf } from '../../../src/engine/decide/policy-test-expectation.ts';
import { aCreate, GOOD, STORY, STORY_URL, validated } from '../../helpers/engine/engine.ts';

const denied = validated(aCreate({ ...STORY, JWT_SECRET: 'CHANGE_ME' }));
const mended = validated(aCreate(STORY));
const clean = validated(aCreate({ ...STORY, DATABASE_URL: STORY_URL }));

t.test('reports nothing for an expected decision', async (t) => {
  t.equal(differenceOf({ verdict: 'allow', findings: [], changes: [] }, clean), undefined);
  t.equal(differenceOf({ verdict: 'fix', changes: [{ key: 'DATABASE_URL' }] }, mended), undefined);
  const findings = [{ rule: 'placeholder', key: 'JWT_SECRET', action: 'Enforce' }] as const;
  t.equal(differenceOf({ verdict: 'deny', findings }, denied), undefined);
});

t.test('does not compare an absent list', async (t) => {
  t.equal(differenceOf({ verdict: 'deny' }, denied), undefined);
  t.equal(differenceOf({ verdict: 'fix' }, mended), undefined);
});

t.test('reports another verdict with all its findings', async (t) => {
  t.same(differenceOf({ verdict: 'allow' }, denied), {
    missing: ['verdict allow'],
    unexpected: [
      'verdict deny',
      'finding Enforce placeholder JWT_SECRET: is a placeholder',
      'change derived DATABASE_URL',
    ],
  });
  const passedBy = validated(aCreate(STORY, { namespace: 'kube-system' }));
  t.same(differenceOf({ verdict: 'deny' }, passedBy)?.unexpected, ['verdict skip (exempt)']);
});

t.test('a given list is the whole list', async (t) => {
  t.same(differenceOf({ verdict: 'deny', findings: [] }, denied)?.unexpected, [
    'finding Enforce placeholder JWT_SECRET: is a placeholder',
  ]);
  t.same(
    differenceOf(
      { verdict: 'deny', findings: [{ rule: 'placeholder', key: 'JWT_SECRET', action: 'Warn' }] },
      denied,
    ),
    {
      missing: ['finding Warn placeholder JWT_SECRET'],
      unexpected: ['finding Enforce placeholder JWT_SECRET: is a placeholder'],
    },
  );
  t.same(differenceOf({ verdict: 'fix', changes: [{ key: 'DATABASE_URL', reason: 'mismatch' }] }, mended), {
    missing: ['change mismatch DATABASE_URL'],
    unexpected: ['change derived DATABASE_URL'],
  });
});

t.test('a difference holds no value', async (t) => {
  const all = JSON.stringify(differenceOf({ verdict: 'skip', findings: [], changes: [] }, denied));
  for (const value of ['CHANGE_ME', ...Object.values(GOOD)]) t.notMatch(all, value);
});
