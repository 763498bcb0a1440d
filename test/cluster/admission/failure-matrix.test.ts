import t from 'tap';
import { CERTIFICATES } from '../../helpers/failure/certificates.ts';
import { CONTROL_PLANE } from '../../helpers/failure/control-plane.ts';
import { type Failure, observe } from '../../helpers/failure/failure.ts';
import { aFailureCluster } from '../../helpers/failure/failure-cluster.ts';
import { OTHERS } from '../../helpers/failure/other-tools.ts';
import { compareWithPage } from '../../helpers/failure/page.ts';
import { PODS } from '../../helpers/failure/pods.ts';
import { RIGHTS_TAKEN, WATCH_SILENT } from '../../helpers/failure/policies.ts';
import { type FailureRow, print } from '../../helpers/failure/row.ts';

// Each list has a cluster of its own, side by side: all but the first mostly wait. Together they are in the order of docs/operate/failure-modes.md.
const LISTS: readonly (readonly Failure[])[] = [
  [...PODS, ...CONTROL_PLANE, RIGHTS_TAKEN, ...OTHERS],
  CERTIFICATES,
  [WATCH_SILENT],
];

t.jobs = LISTS.length;
t.setTimeout(10 * 60 * 1000);

const rows = LISTS.map((): FailureRow[] => []);
await Promise.all(
  LISTS.map((list, index) =>
    t.test(`${list.length} failures, one after the other`, { buffered: true }, async (t) => {
      const env = await aFailureCluster(t);
      for (const failure of list) {
        await t.test(failure.name, async (t) => {
          try {
            rows[index]?.push(await observe(t, env, failure));
          } catch (error) {
            // So that one that goes wrong does not take the others with it.
            await env.install();
            throw error;
          }
        });
      }
    }),
  ),
);

t.test('all of them, and docs/operate/failure-modes.md says so', async (t) => {
  print(t, rows.flat());
  await compareWithPage(t, 'When something fails', rows.flat());
});
