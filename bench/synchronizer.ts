import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { applyOverlay } from '../test/testbed/lockstep/install.ts';
import { freePort } from '../test/testbed/process/ports.ts';
import { until } from '../test/testbed/process/until.ts';
import { fillEtcd } from './cluster/fill-etcd.ts';

/**
 * The first sync of `lockstep controller` over 100,000 Secrets of half a kilobyte, each of which is read and validated.
 * The informer of @kubernetes/client-node runs in the same run for comparison. The figures are the highest memory use
 * and the longest block of the event loop. The informer can't read larger Secrets: its list is one text, whose limit is
 * 512 MB.
 */
const SECRETS = Number(process.argv[2] ?? 100_000);
const BYTES = 512;
/** A share of the informer's figure. */
const MEMORY_AIM = 1 / 3;
const STALL_AIM = 1 / 20;

const root = join(import.meta.dirname, '..');
await using cluster = await startCluster();
await applyOverlay(cluster, 'manifests/base', { address: cluster.serviceIP(10), port: 443 });
await cluster.kubectl(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
const begin = performance.now();
await fillEtcd(cluster.etcdUrl, SECRETS, BYTES);
print(`${SECRETS} Secrets written in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
await until('the API server to have seen them all', [], async () => {
  const { metadata } = (await cluster.request('/api/v1/secrets?limit=1')).json();
  return (metadata.remainingItemCount ?? 0) >= SECRETS - 1;
});

const informer = await measured('bench/informer.ts', [cluster.kubeconfig], {}, /loaded/, /synced (\d+)/);
row('informer of @kubernetes/client-node', informer);
// Policies with `heal` would write a record of each of these Secrets. The bench measures reads, not writes.
const dropped = 'postgres-credentials,postgres-basic-auth,reconciliation';
const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller');
const lockstep = await measured(
  'dist/lockstep.js',
  ['controller', '--no-builtin', dropped, '--metrics-port', String(await freePort())],
  { LOCKSTEP_KUBECONFIG: kubeconfig, LOCKSTEP_HOST: '127.0.0.1' },
  /controller started/,
  /full scan completed/,
);
row('lockstep controller', lockstep);
print(
  `memory ${(lockstep.peak / informer.peak).toFixed(2)} of the informer's (aim ${MEMORY_AIM.toFixed(2)})`,
);
print(`stall  ${(lockstep.stall / informer.stall).toFixed(3)} of the informer's (aim ${STALL_AIM})`);

interface Cost {
  /** In MiB. */
  readonly peak: number;
  /** In milliseconds. */
  readonly stall: number;
  readonly seconds: number;
}

/**
 * From the load of its code until it reports the end of the sync, and for the same time again, until its watch is open.
 */
async function measured(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  loaded: RegExp,
  through: RegExp,
): Promise<Cost> {
  const begun = performance.now();
  const child = fork(join(root, script), args, {
    execArgv: ['--import', join(import.meta.dirname, 'stalls.ts')],
    env: { HOME: cluster.dir, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const isThrough = saying(child, through);
  await saying(child, loaded);
  child.send('begin');
  await isThrough;
  const seconds = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const answer = once(child, 'message') as Promise<[Omit<Cost, 'seconds'>]>;
  child.send('cost');
  const [cost] = await answer;
  child.kill('SIGKILL');
  return { ...cost, seconds };
}

function saying(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-10_000);
      if (wanted.test(text)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${text}`)));
  });
}

function row(what: string, { peak, stall, seconds }: Cost): void {
  print(
    `${what.padEnd(40)}${peak.toFixed(0).padStart(5)} MiB at most ${stall.toFixed(0).padStart(6)} ms stood still  ${seconds.toFixed(1)} s`,
  );
}

function print(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`);
}
