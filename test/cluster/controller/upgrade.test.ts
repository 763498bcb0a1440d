import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aTeam } from '../../helpers/cluster/team.ts';
import { compareWithPage } from '../../helpers/failure/page.ts';
import { type FailureRow, print, seconds } from '../../helpers/failure/row.ts';
import { socketsTo } from '../../helpers/failure/sockets.ts';
import { keepAliveClient } from '../../testbed/load/client.ts';
import { type Load, type LoadTally, startLoad } from '../../testbed/load/load.ts';
import { passwordChanges } from '../../testbed/load/writes.ts';
import type { Replica } from '../../testbed/lockstep/replica.ts';
import { until } from '../../testbed/process/until.ts';

/** Each writer has one write in progress, so this is the maximum of calls in flight. */
const WRITERS = 8;
const WRITES = 5000;
/** Enough to show that no write fails. */
const SOME = 500;
/**
 * The API server's messages for a call without an answer or with a cut connection. If that was the mutating call,
 * lockstep's message about the result.
 */
const REFUSED = /context deadline exceeded|connection reset by peer|EOF|\[lockstep\/mismatch\]/;
/** With Ignore the validating call may be skipped as well. */
const UNVALIDATED = /written without validation|\[lockstep\/mismatch\]/;

t.setTimeout(10 * 60 * 1000);
const { cluster, lockstep } = await aClusterWithLockstep(t, {
  overlay: 'manifests/overlays/fail-closed',
  replicas: 2,
});
using client = keepAliveClient(cluster);
const rows: FailureRow[] = [];

t.test(`an upgrade fails none of at least ${WRITES} writes`, async (t) => {
  const load = await aLoad();
  const began = performance.now();
  let rollouts = 0;
  do {
    await lockstep.rollout();
    rollouts += 1;
  } while (load.tally('start').writes < WRITES);
  await load.stop();

  const { writes, failures, slowest } = load.tally('start');
  t.same([...failures], []);
  t.ok(writes >= WRITES);
  t.equal(lockstep.endpoints().length, 2);
  const seen = `0 of ${writes} writes failed in ${rollouts} rollouts; the slowest took ${seconds(slowest)}`;
  rows.push({
    failure: 'an upgrade',
    userMessage: [],
    symptoms: seen,
    duration: seconds(performance.now() - began),
    fix: [],
  });
});

t.test('a killed replica fails only its calls in flight', async (t) => {
  const load = await aLoad();
  await more(load, 'start', SOME);
  t.same([...load.tally('start').failures], []);
  const victim = oldest();
  const sockets = socketsTo(victim.place).length;
  load.phase('unnoticed');
  const began = performance.now();
  await victim.daemon.stop('SIGKILL');
  await until('endpoints without it', [], () => isLeftOut(victim));
  const lasted = seconds(performance.now() - began);
  load.phase('noticed');
  // The end of a socket may still be on its way to the API server.
  await more(load, 'noticed', SOME);
  load.phase('after');
  await more(load, 'after', SOME);
  await load.stop();
  await startAgain();

  const underway = failuresOf(load.tally('start'));
  const noticed = failuresOf(load.tally('noticed'));
  t.ok(underway <= WRITERS, `${underway} of the ${WRITERS} writes under way`);
  t.ok(noticed <= sockets, `${noticed} writes on what was left of ${sockets} sockets`);
  t.same([...load.tally('after').failures], [], 'after that no write fails');
  const unnoticed = load.tally('unnoticed');
  const seen =
    `${underway} of the ${WRITERS} writes under way failed, ${failuresOf(unnoticed)} of ${unnoticed.writes} begun before it was noticed, ` +
    `${noticed} of ${load.tally('noticed').writes} begun then, on sockets that had been open, 0 of ${load.tally('after').writes} after that`;
  rows.push({ failure: 'a replica is killed', userMessage: [], symptoms: seen, duration: lasted, fix: [] });
});

for (const [policy, overlay] of Object.entries({
  Fail: 'manifests/overlays/fail-closed',
  Ignore: 'manifests',
})) {
  t.test(
    `a hanging replica affects only writes on sockets that are open to it, under ${policy}`,
    async (t) => {
      await lockstep.apply(overlay);
      const load = await aLoad();
      await more(load, 'start', SOME);
      t.same([...load.tally('start').failures], []);
      const victim = oldest();
      const sockets = new Set<string>();
      load.phase('hanging');
      const began = performance.now();
      process.kill(victim.daemon.pid, 'SIGSTOP');
      await until('endpoints without it', [], () => {
        for (const socket of socketsTo(victim.place)) sockets.add(socket);
        return isLeftOut(victim);
      });
      const lasted = seconds(performance.now() - began);
      // Longer than a write that meets the replica in both webhooks.
      await sleep(8000);
      // The kubelet does the same after its liveness probe failed for half a minute.
      await victim.daemon.stop('SIGKILL');
      await more(load, 'hanging', SOME);
      load.phase('after');
      await more(load, 'after', SOME);
      await load.stop();
      await startAgain();

      const underway = load.tally('start');
      const hanging = load.tally('hanging');
      const troubled = failuresOf(underway) + failuresOf(hanging);
      t.ok(troubled <= sockets.size, `${troubled} writes on ${sockets.size} sockets`);
      for (const reason of [...underway.failures.keys(), ...hanging.failures.keys()]) {
        t.match(reason, policy === 'Fail' ? REFUSED : UNVALIDATED);
      }
      t.same([...load.tally('after').failures], [], 'once it is gone no write fails');
      const seen =
        `${troubled} of ${underway.writes + hanging.writes} writes, on ${sockets.size} open sockets, ` +
        `${policy === 'Fail' ? 'were refused' : 'went in without validation, or not corrected'}; the slowest took ` +
        seconds(Math.max(underway.slowest, hanging.slowest));
      rows.push({
        failure: `a replica hangs, ${policy}`,
        userMessage: [],
        symptoms: seen,
        duration: `${lasted} for new sockets`,
        fix: [],
      });
    },
  );
}

t.test('docs/operate/failure-modes.md states the measured results', async (t) => {
  print(t, rows);
  await compareWithPage(t, 'Under load', rows);
});

async function aLoad(): Promise<Load> {
  const { namespace } = await aTeam(cluster);
  return startLoad(WRITERS, passwordChanges(client, namespace));
}

/** Resolves after this many more writes have ended. */
function more(load: Load, phase: string, writes: number): Promise<void> {
  const before = load.tally(phase).writes;
  return until(`${writes} writes`, [], () => load.tally(phase).writes - before >= writes);
}

const oldest = (): Replica => lockstep.replicas()[0]!;

const isLeftOut = ({ place }: Replica): boolean => !lockstep.endpoints().includes(place.address);

async function startAgain(): Promise<void> {
  await lockstep.stop();
  await lockstep.start();
}

const failuresOf = ({ failures }: LoadTally): number => [...failures.values()].reduce((sum, n) => sum + n, 0);
