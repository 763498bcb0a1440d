import t from 'tap';
import {
  countsOfVersion,
  countsStatusOf,
  hasOutdatedCounts,
  isSameCounts,
} from '../../../src/controllers/policy/counts-status.ts';
import type { SecretCounts } from '../../../src/controllers/policy/secret-counter.ts';
import { type PolicyObject, policyStore } from '../../../src/controllers/policy/store.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import { aStored } from '../../helpers/policy/stored-policy.ts';

const NOW = new Date('2026-11-25T10:00:00.500Z');
const COUNTS: SecretCounts = { matched: 9, violating: { Enforce: 1, Warn: 2, Audit: 3 } };
const INVALID = { keys: { A: { derive: { template: '${B}' } } } };

function statusOf(specs: readonly object[], counts: SecretCounts | undefined) {
  const store = policyStore<PolicyObject>([], compilePolicy);
  for (const [at, spec] of specs.entries()) store.upsert(aStored('shop', at + 1, spec));
  const [state] = store.states();
  if (state === undefined) throw new Error('it is there');
  return countsStatusOf(state, () => counts, NOW);
}

t.test('states the numbers with the generation and the time', async (t) => {
  t.strictSame(statusOf([{}, {}], COUNTS), {
    observedGeneration: 2,
    observedTime: '2026-11-25T10:00:00Z',
    matched: 9,
    violating: 6,
    byAction: { enforce: 1, warn: 2, audit: 3 },
  });
});

t.test('states nothing of a version that is not counted, or that can not be used', async (t) => {
  t.equal(statusOf([{}], undefined), undefined);
  t.equal(statusOf([INVALID], COUNTS), undefined);
  t.equal(statusOf([{}, INVALID], COUNTS), undefined, 'the numbers belong to the last valid version');
});

t.test('a stored status may be anything, and is renewed after half an hour', async (t) => {
  const counts = statusOf([{}], COUNTS);
  if (counts === undefined) throw new Error('it is there');
  for (const stored of [undefined, null, 'x', {}, { secrets: null }, { secrets: {} }, { secrets: 'x' }])
    t.equal(isSameCounts(counts, stored), false);
  t.equal(isSameCounts(counts, { secrets: counts }), true);
  const at = (observedTime: unknown) => ({ secrets: { ...counts, observedTime } });
  t.equal(isSameCounts(counts, at('2026-11-25T09:30:01Z')), true);
  t.equal(isSameCounts(counts, at('2026-11-25T09:30:00Z')), false);
  t.equal(isSameCounts(counts, at('2026-11-25T11:00:00Z')), true, 'a later time is never set back');
  for (const time of [undefined, 'x', 7]) t.equal(isSameCounts(counts, at(time)), false);
  t.equal(isSameCounts(counts, { secrets: { ...counts, matched: 8 } }), false);
  t.equal(isSameCounts(counts, { secrets: { ...counts, byAction: undefined } }), false);
  t.equal(isSameCounts(counts, { secrets: { ...counts, observedGeneration: 2 } }), false);
});

t.test('counts of another generation are outdated', async (t) => {
  const status = { secrets: { observedGeneration: 2, matched: 1 } };
  t.equal(hasOutdatedCounts(status, 2), false);
  t.equal(hasOutdatedCounts(status, 3), true);
  t.equal(hasOutdatedCounts({ secrets: {} }, 3), true);
  for (const without of [undefined, null, {}, { secrets: null }])
    t.equal(hasOutdatedCounts(without, 3), false);
  t.match(countsOfVersion(status, 2), { matched: 1 });
  t.equal(countsOfVersion(status, 3), undefined);
});
