/**
 * `npm run demo`: the story of the README on a real API server. Ends with 1 where a step does not show what it says.
 * `--keep` leaves the cluster running.
 */
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBinaries } from '../test/testbed/binaries.ts';
import { type Cluster, startCluster } from '../test/testbed/cluster/cluster.ts';
import { installLockstep, type Lockstep } from '../test/testbed/lockstep/lockstep.ts';
import { Interrupted, whenInterrupted } from './demo/interrupt.ts';
import { leaveRunning } from './demo/keep.ts';
import { buildIfStale } from './demo/release.ts';
import { logsOf, searchReport } from './demo/search.ts';
import { story } from './demo/story.ts';
import { commandLine, failure, lines, output, sentence } from './demo/terminal.ts';
import { readValues } from './demo/values.ts';

const ROOT = dirname(import.meta.dirname);

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
// The files of the story are named as they are typed at the top of a clone.
process.chdir(ROOT);
let cluster: Cluster | undefined;
try {
  await Promise.race([demo(), whenInterrupted()]);
} catch (error) {
  failure(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
  await cluster?.stop();
}
// A step that was interrupted may still wait for a process that has gone.
process.exit();

async function demo(): Promise<void> {
  const started = Date.now();
  await buildIfStale(ROOT, sentence);
  await buildBinaries(['kube-apiserver', 'kubectl', 'etcd']);
  sentence('Starting etcd and kube-apiserver, and installing lockstep: kubectl apply -k manifests.');
  cluster = await startCluster();
  const lockstep = await installLockstep(cluster);

  await tell(cluster, lockstep);
  sentence(`All of it was shown, in ${Math.round((Date.now() - started) / 1000)} s.`);
  if (options.keep) await leaveRunning(cluster, lines);
  else await cluster.stop();
}

async function tell(cluster: Cluster, lockstep: Lockstep): Promise<void> {
  const values = await readValues(cluster.kubectl);
  for (const scene of story(values)) {
    sentence(scene.sentence);
    commandLine(['kubectl', ...scene.command]);
    const result = await cluster.kubectl(scene.command);
    output(result);
    const [wrong] = scene.claims.flatMap((claim) => claim(result) ?? []);
    if (wrong !== undefined) throw new Error(wrong);
  }
  sentence(
    `No log holds one of the ${values.secret.length} values: searched as they are, in base64, URL-encoded, and by pieces of 8 characters.`,
  );
  lines(searchReport(await logsOf(cluster, lockstep), values.secret));
}
