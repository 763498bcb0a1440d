import { join } from 'node:path';
import process from 'node:process';
import { findBinaries } from '../test/testbed/binaries.ts';
import { type Cluster, startCluster } from '../test/testbed/cluster/cluster.ts';
import { until } from '../test/testbed/process/until.ts';
import { type FilledCluster, fillEtcd } from './cluster/fill-etcd.ts';
import { measureProcess, type ProcessUsage } from './process/memory.ts';

/**
 * `lockstep audit` of the release over 100,000 Secrets of 4 KB, beside kubectl, which lists their names in the same
 * run: the most memory that each held, the time that it took, and whether the summary is what was written.
 */
const SECRETS = 100_000;
const TARGET = 110;

const lockstep = join(import.meta.dirname, '..', 'dist', 'lockstep.js');
const { kubectl } = findBinaries(['kubectl']);
await using cluster = await startCluster();
const begin = performance.now();
const written = await fillEtcd(cluster.etcdUrl, SECRETS);
print(`${SECRETS} Secrets written in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
await until('the API server to have seen them all', [], () => isSeen(cluster));

const env = { HOME: cluster.dir, KUBECONFIG: cluster.kubeconfig };
const audit = (...args: readonly string[]) =>
  measureProcess(process.execPath, [lockstep, 'audit', ...args], env);
const idle = await measureProcess(process.execPath, ['-e', ''], env);
const counts = await audit('--summary', '--format', 'json');
check(counts, written);
row('lockstep audit --summary', counts, `aim ${TARGET}`);
const whole = await audit();
row('lockstep audit, each one told', whole, `aim ${TARGET}`);
row(
  'kubectl get secrets -A -o name',
  await measureProcess(kubectl, ['get', 'secrets', '-A', '-o', 'name'], env),
);
row('an empty Node', idle);

/** A second page is refused while its cache is behind etcd. A first one tells how many are left. */
async function isSeen({ request }: Cluster): Promise<boolean> {
  const page = (more: string) => request(`/api/v1/secrets?limit=1${more}`);
  const { metadata } = (await page('')).json();
  if (metadata.remainingItemCount !== SECRETS - 1) return false;
  return (await page(`&continue=${encodeURIComponent(metadata.continue)}`)).status === 200;
}

/** An audit that read nothing would be small. */
function check(
  { exitCode, stdout }: ProcessUsage,
  { secrets, namespaces, denied, warned, mutated }: FilledCluster,
): void {
  const { summary } = JSON.parse(stdout);
  const told = { ...summary, exitCode };
  const expected = { secrets, namespaces, denied, warned, mutated, skipped: 0, complete: true, exitCode: 1 };
  for (const [name, count] of Object.entries(expected)) {
    if (told[name] !== count) throw new Error(`${name} is ${told[name]}, and ${count} was written`);
  }
  print(`the summary is true: ${JSON.stringify(summary)}`);
}

function row(what: string, { peak, cpu, seconds }: ProcessUsage, more = ''): void {
  print(
    `${what.padEnd(32)}${peak.toFixed(0).padStart(6)} MiB at most ${cpu.toFixed(1).padStart(8)} s of CPU in ${seconds.toFixed(1)} s  ${more}`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`);
}
