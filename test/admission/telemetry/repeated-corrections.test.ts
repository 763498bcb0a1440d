import t from 'tap';
import { repeatedCorrectionTracker } from '../../../src/admission/telemetry/repeated-corrections.ts';
import { aCorrection, aDenial } from '../../helpers/admission/review-result.ts';

const HOUR = 3_600_000;

function watching() {
  const clock = { now: 5 };
  return { clock, note: repeatedCorrectionTracker(() => clock.now) };
}

t.test('reports each correction within a day of the last, and not the first one', async (t) => {
  const { clock, note } = watching();
  t.same(note(aCorrection()), []);
  clock.now += 23 * HOUR;
  t.same(note(aCorrection()), [{ key: 'DATABASE_URL', reason: 'mismatch', times: 2 }]);
  clock.now += 23 * HOUR;
  t.same(note(aCorrection({ reason: 'quoted' })), [{ key: 'DATABASE_URL', reason: 'quoted', times: 3 }]);
  clock.now += 24 * HOUR;
  t.same(note(aCorrection()), [], 'after a day it begins anew');
});

t.test('counts each key, Secret and namespace separately', async (t) => {
  const { note } = watching();
  note(aCorrection());
  t.same(note(aCorrection({ key: 'DIRECT_URL' })), []);
  t.same(note(aCorrection({}, { request: { name: 'other' } })), []);
  t.same(note(aCorrection({}, { request: { namespace: 'other' } })), []);
});

t.test('ignores dry runs, Secrets without a name, absent keys and denials', async (t) => {
  const { note } = watching();
  for (const twice of [
    aCorrection({}, { request: { dryRun: true } }),
    aCorrection({}, { request: { name: '' } }),
    aCorrection({ reason: 'derived' }),
    aDenial(),
  ]) {
    t.same(note(twice), []);
    t.same(note(twice), []);
  }
});

t.test('remembers at most ten thousand keys', async (t) => {
  const { note } = watching();
  for (let n = 0; n <= 10_000; n += 1) note(aCorrection({ key: `KEY_${n}` }));
  t.same(note(aCorrection({ key: 'KEY_0' })), []);
  t.equal(note(aCorrection({ key: 'KEY_10000' }))[0]?.times, 2);
});
