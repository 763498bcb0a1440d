import t from 'tap';
import { keyRules, secretRules } from '../../../../src/engine/review/rules/registry.ts';
import { COUNT, decisionsOf, digestOf, recordedDigests } from '../../../helpers/engine/recorded-decisions.ts';
import { recordedCases } from '../../../helpers/engine/recorded-secrets.ts';

/** Enough to see what has changed. */
const MAX_SHOWN = 3;

t.test('decides about 10,000 generated Secrets as it did when their decisions were recorded', async (t) => {
  const recorded = recordedDigests();
  const rules = new Set<string>();
  const reasons = new Set<string>();
  let differing = 0;
  let number = 0;
  for (const one of recordedCases(COUNT)) {
    const decisions = decisionsOf(one);
    for (const [, rule] of decisions.matchAll(/"rule":"([a-z0-9-]+)"/g)) rules.add(rule!);
    for (const [, reason] of decisions.matchAll(/"reason":"([a-z0-9-]+)"/g)) reasons.add(reason!);
    if (digestOf(decisions) !== recorded[number]) {
      differing++;
      if (differing <= MAX_SHOWN) t.fail(`Secret ${number} has other decisions now: ${decisions}`);
    }
    number++;
  }
  t.equal(differing, 0, 'the number of Secrets with other decisions');
  t.same([number, recorded.length], [COUNT, COUNT]);
  const known = [...keyRules, ...secretRules].map(({ id }) => id);
  t.same(
    known.filter((rule) => !rules.has(rule)),
    [],
    'each rule has a finding',
  );
  for (const reason of [
    'derived',
    'mismatch',
    'trailing-newline',
    'quoted',
    'invalid-uri',
    'unescaped-uri',
    'whitespace',
    'double-base64',
  ])
    t.ok(reasons.has(reason), reason);
});
