import t from 'tap';

import {
  differenceOf as differenceFor,
  type Expectation,
} from '../../../../src/engine/review/decide/policy-test-expectation.ts';
import type { Decision } from '../../../../src/engine/review/evaluation/decision.ts';
import { aCreate, aSecret, GOOD, STORY, STORY_URL, validated } from '../../../helpers/engine/engine.ts';

const differenceOf = (expected: Expectation, decision: Decision) =>
  differenceFor(expected, decision, aSecret(STORY).data);

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

t.test('compares the values after the changes, and shows none of them', async (t) => {
  const { JWT_SECRET } = STORY;
  const values = { DATABASE_URL: STORY_URL, JWT_SECRET, POSTGRES_PORT: null };
  t.equal(differenceOf({ verdict: 'fix', values }, mended), undefined);
  t.same(
    differenceOf({ verdict: 'fix', values: { DATABASE_URL: null, JWT_SECRET: GOOD.other, X: '' } }, mended),
    {
      missing: ['value DATABASE_URL: absent', 'value JWT_SECRET: as expected', 'value X: as expected'],
      unexpected: ['value DATABASE_URL: another', 'value JWT_SECRET: another', 'value X: absent'],
    },
  );
});
