import t from 'tap';
import { newRecord, type SecretRecord, stagePending } from '../../../../src/engine/secret/record/record.ts';
import { historyOf } from '../../../../src/engine/versions/history/history.ts';
import { at, aVersion, values } from '../../../helpers/engine/record.ts';

const PLACE = { namespace: 'shop', name: 'app' };
const RECORD: SecretRecord = {
  ...newRecord('u1', values({ A: '1' }), { time: at(0), by: 'kubectl', why: { kind: 'seen' } }),
  versions: [aVersion(1, { A: '1' }), aVersion(2, { A: '2' })],
};
const present = (texts: Readonly<Record<string, string>>) => ({
  data: values(texts),
  written: { by: 'kubectl-edit', time: at(30) },
});

t.test('the last version is current if the Secret holds it', async (t) => {
  const { versions, unrecorded } = historyOf(PLACE, RECORD, present({ A: '2' }));
  t.same(
    versions.map(({ number, isCurrent, isRestorable }) => [number, isCurrent, isRestorable]),
    [
      [1, false, true],
      [2, true, true],
    ],
  );
  t.equal(unrecorded, undefined);
});

t.test('reports an unrecorded write, even if it equals an older version', async (t) => {
  const { versions, unrecorded } = historyOf(PLACE, RECORD, present({ A: '1', B: '' }));
  t.same(
    versions.map(({ isCurrent }) => isCurrent),
    [false, false],
  );
  t.same(unrecorded, { by: 'kubectl-edit', time: at(30), keys: ['A', 'B'] });
});

t.test('does not say whether the Secret holds an edited version', async (t) => {
  const lost = { ...RECORD, versions: [aVersion(1, { A: '1' }, { data: undefined })] };
  const { versions, unrecorded } = historyOf(PLACE, lost, present({ A: '1' }));
  t.match(versions, [{ isCurrent: false, isRestorable: false }]);
  t.equal(unrecorded, undefined);
});

t.test('reports a deleted Secret, and a pending version', async (t) => {
  const begun = stagePending(RECORD, values({ A: '3' }), {
    time: at(5),
    by: 'lockstep',
    why: { kind: 'healed' },
  });
  const { versions, pending, unrecorded } = historyOf(PLACE, begun, undefined);
  t.notOk(versions.some(({ isCurrent }) => isCurrent));
  t.match(pending, { number: 3, by: 'lockstep', keys: ['A'], isRestorable: true });
  t.equal(unrecorded, undefined);
});

t.test('the history contains no value', async (t) => {
  const reported = historyOf(PLACE, RECORD, present({ A: 'x' }));
  t.notMatch(Object.keys(reported.versions[0] ?? {}), ['data']);
});
