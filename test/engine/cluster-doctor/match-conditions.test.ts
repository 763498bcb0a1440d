import t from 'tap';
import { matchConditionsBehind } from '../../../src/engine/cluster-doctor/match-conditions.ts';

const WEBHOOKS = ['mutate.lockstep.dev', 'validate.lockstep.dev'];
const both = (expression: string) => WEBHOOKS.map((webhook) => ({ webhook, expression }));

t.test('accepts webhooks without a condition, and those with the one of the policies', async (t) => {
  t.match(matchConditionsBehind({ stored: [], expected: undefined }), { outcome: 'ok', names: [] });
  const expected = { kind: 'condition', expression: 'a' } as const;
  t.match(matchConditionsBehind({ stored: both('a'), expected }), { outcome: 'ok', names: [] });
});

t.test('names each webhook with a condition of other policies', async (t) => {
  const expected = { kind: 'condition', expression: 'a' } as const;
  t.match(matchConditionsBehind({ stored: both('b'), expected }), {
    outcome: 'warning',
    names: WEBHOOKS,
    fix: /policy match-conditions/,
  });
  const [mutate, validate] = [both('a')[0]!, both('b')[1]!];
  t.same(matchConditionsBehind({ stored: [mutate, validate], expected }).names, ['validate.lockstep.dev']);
});

t.test('warns about a condition although a policy matches every Secret', async (t) => {
  const all = { kind: 'matches-all', policies: ['no-placeholders'] } as const;
  t.match(matchConditionsBehind({ stored: both('a'), expected: all }), {
    outcome: 'warning',
    message: /: no-placeholders$/,
    names: WEBHOOKS,
  });
  const long = { kind: 'too-long', length: 70_000 } as const;
  t.match(matchConditionsBehind({ stored: both('a'), expected: long }), { outcome: 'warning' });
});
