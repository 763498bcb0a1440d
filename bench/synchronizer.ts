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
 * The first sync of `lockstep controller` over 100,000 Secrets of half a kilobyte, each of them read and validated,
 * beside the informer of @kubernetes/client-node in the same run: the most memory that each held, and the longest that
 * its event loop stood still. Of larger ones the informer gets none: it takes its list as one text, which may be 512 MB
 * at the most.
 */
const SECRETS = Number(process.argv[2] ?? 100_000);
const BYTES = 512;
/** Of the informer's. */
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
// Those that heal would keep a record of each of these Secrets: what is measured is finding out, not writing.
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
  /** MiB. */
  readonly peak: number;
  /** Milliseconds. */
  readonly stall: number;
  readonly seconds: number;
}

/**
 * From when its code is loaded until it has said that it is through, and for as long again as its watch takes to be
 * opened.
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
