/**
 * `npm run demo`: the story of the README on a real API server and a real PostgreSQL. Exits with 1 if a step does not
 * show what it announces. `--keep` leaves the cluster running. `--record FILE` writes the run as an animated SVG.
 */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBinaries } from '../test/testbed/binaries.ts';
import { type Cluster, startCluster } from '../test/testbed/cluster/cluster.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { runCommand } from './demo/command.ts';
import { type Database, startDatabase } from './demo/database.ts';
import { databaseStory } from './demo/database-story.ts';
import { Interrupted, whenInterrupted } from './demo/interrupt.ts';
import { leaveRunning } from './demo/keep.ts';
import { recordingSvg } from './demo/recording.ts';
import { buildIfStale } from './demo/release.ts';
import { logsOf, searchReport } from './demo/search.ts';
import type { Step } from './demo/step.ts';
import { failure, openTerminal } from './demo/terminal.ts';
import { readValues } from './demo/values.ts';
import { webhookStory } from './demo/webhook-story.ts';

const ROOT = dirname(import.meta.dirname);
const TITLE = 'A run of npm run demo in a terminal';

const { values: options } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, record: { type: 'string' } },
});
const { sentence, commandLine, output, lines, passages } = openTerminal();
// The files of the story are named as they are typed at the top of a clone.
process.chdir(ROOT);
let cluster: Cluster | undefined;
let database: Database | undefined;
try {
  await Promise.race([demo(), whenInterrupted()]);
} catch (error) {
  failure(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
  await stop();
}
// A step that was interrupted may still wait for a process that has gone.
process.exit();

async function demo(): Promise<void> {
  const started = Date.now();
  await buildIfStale(ROOT, sentence);
  await buildBinaries(['kube-apiserver', 'kube-controller-manager', 'kubectl', 'etcd', 'kwok']);
  sentence('Starting etcd and kube-apiserver, and installing lockstep: kubectl apply -k manifests.');
  cluster = await startCluster({ controllers: true, nodes: 1 });
  const webhook = await installLockstep(cluster);
  const values = await readValues(cluster.kubectl);

  await play(cluster, webhookStory(values));
  sentence('Starting PostgreSQL and the controller.');
  database = await startDatabase(cluster, { role: 'reconciliation', password: values.newPassword });
  await play(cluster, databaseStory(database, values));
  sentence(
    `No log contains one of the ${values.secret.length} values: searched in plain text, base64 and URL encoding, in pieces of 8 characters.`,
  );
  const { controller, postgres } = database;
  lines(searchReport(await logsOf(cluster, webhook, controller, postgres), values.secret));

  if (options.record !== undefined) await writeFile(options.record, recordingSvg(passages, TITLE));
  sentence(`The demo took ${Math.round((Date.now() - started) / 1000)} s.`);
  if (options.keep) leaveRunning(cluster, database, lines);
  else await stop();
}

async function play(cluster: Cluster, story: readonly Step[]): Promise<void> {
  for (const step of story) {
    await step.before?.();
    sentence(step.sentence);
    commandLine(step.command, step.input);
    const result = await runCommand(cluster, step);
    output(result);
    const [wrong] = step.claims.flatMap((claim) => claim(result) ?? []);
    if (wrong !== undefined) throw new Error(wrong);
  }
}

async function stop(): Promise<void> {
  await database?.stop();
  await cluster?.stop();
}
