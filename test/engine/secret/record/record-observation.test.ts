import t from 'tap';
import {
  type ChangeReason,
  latestVersion,
  newRecord,
  recordForUid,
  stagePending,
} from '../../../../src/engine/secret/record/record.ts';
import {
  type ObservedWrite,
  recordObservation,
} from '../../../../src/engine/secret/record/record-observation.ts';
import { at, values } from '../../../helpers/engine/record.ts';

const keeping = { history: 5, restarts: false };
const BEGUN = newRecord('u1', values({ A: '1', B: '2' }), {
  time: at(0),
  by: 'kubectl-edit',
  why: { kind: 'seen' },
});

const BACK: ChangeReason = { kind: 'rolled-back', to: 1, forced: true };
const ALTERED = values({ A: 'other', B: '2' });
const FOUND: ObservedWrite = {
  time: at(5),
  by: 'lockstep',
  why: { kind: 'changed' },
  resourceVersion: '11',
};

/** The reason of the observed version, after a version with the reason `why` was staged at the fifth second. */
const whyOf = (found: ObservedWrite = FOUND, why: ChangeReason = BACK): ChangeReason => {
  const pending = stagePending(
    BEGUN,
    values({ A: 'back', B: '2' }),
    { time: at(5), by: 'lockstep', why },
    '10',
  );
  return latestVersion(recordObservation(pending, ALTERED, found, keeping)).why;
};

t.test('records the keys of a rollback that a webhook changed, and does not mark it as forced', async (t) => {
  t.same(whyOf(), { kind: 'rolled-back', to: 1, except: ['A'] });
  t.same(whyOf({ ...FOUND, time: at(6) }), { kind: 'rolled-back', to: 1, except: ['A'] });
});

t.test('records a write over a rollback as an edit', async (t) => {
  const { resourceVersion: _, ...unversioned } = FOUND;
  const edit = { kind: 'changed' };
  t.same(whyOf({ ...FOUND, by: 'kubectl-edit' }), edit);
  t.same(whyOf({ ...FOUND, time: at(4) }), edit, 'it was there before');
  t.same(whyOf({ ...FOUND, resourceVersion: '10' }), edit, 'nothing has been written since');
  t.same(whyOf(unversioned), edit, 'nobody knows');
  t.same(whyOf(FOUND, { kind: 'healed' }), edit, 'only a rollback is asked for by a person');
});

t.test('a new version opens a rollout only if consumers are restarted', async (t) => {
  const found = { ...FOUND, by: 'kubectl-edit' };
  t.equal(recordObservation(BEGUN, ALTERED, found, keeping).rollout, undefined);
  t.not(recordObservation(BEGUN, ALTERED, found, { ...keeping, restarts: true }).rollout, undefined);
});

t.test('a version that was staged for a Secret that did not exist is its own write, or none', async (t) => {
  const back = values({ A: 'back', B: '2' });
  const staged = stagePending(BEGUN, back, { time: at(5), by: 'lockstep', why: BACK });
  const created = recordForUid(staged, 'u2');
  const restored = recordObservation(created, back, FOUND, keeping);
  t.match(restored, { uid: 'u2', pending: undefined });
  t.same(latestVersion(restored).why, BACK);
  const same = recordObservation(created, values({ A: '1', B: '2' }), { ...FOUND, time: at(4) }, keeping);
  t.equal(same.pending, undefined, 'a person created it first, and nothing is written over it');
  t.same(latestVersion(same).number, 1);
  const begun = stagePending(BEGUN, back, { time: at(5), by: 'lockstep', why: BACK }, '10');
  t.equal(recordForUid(begun, 'u2').pending, undefined, 'a write of the old Secret is dropped');
});
