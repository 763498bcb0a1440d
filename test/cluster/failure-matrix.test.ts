import t from 'tap';
import { CERTIFICATES } from '../helpers/failure/certificates.ts';
import { CONTROL_PLANE } from '../helpers/failure/control-plane.ts';
import { type Failure, witness } from '../helpers/failure/failure.ts';
import { aGround } from '../helpers/failure/ground.ts';
import { OTHERS } from '../helpers/failure/others.ts';
import { compareWithPage } from '../helpers/failure/page.ts';
import { PODS } from '../helpers/failure/pods.ts';
import { RIGHTS_TAKEN, WATCH_SILENT } from '../helpers/failure/policies.ts';
import { print, type Row } from '../helpers/failure/row.ts';

// In the order of docs/operations.md. The last group is what takes lockstep away, and has to install it again.
const ON_ONE_CLUSTER: readonly Failure[] = [
  ...PODS,
  ...CERTIFICATES,
  ...CONTROL_PLANE,
  RIGHTS_TAKEN,
  ...OTHERS,
];

const rows: Row[] = [];
const silent: Row[] = [];
// Side by side: one of them waits for two minutes.
t.jobs = 2;

await Promise.all([
  t.test('one failure after the other', { buffered: true }, async (t) => {
    const ground = await aGround(t);
    for (const failure of ON_ONE_CLUSTER) {
      await t.test(failure.name, async (t) => {
        try {
          rows.push(await witness(t, ground, failure));
        } catch (error) {
          // So that one that goes wrong does not take the others with it.
          await ground.install();
          throw error;
        }
      });
    }
  }),
  t.test(WATCH_SILENT.name, { buffered: true }, async (t) => {
    silent.push(await witness(t, await aGround(t), WATCH_SILENT));
  }),
]);

t.test('all of them, and docs/operations.md says so', async (t) => {
  print(t, [...rows, ...silent]);
  await compareWithPage(t, 'When something fails', [...rows, ...silent]);
});
