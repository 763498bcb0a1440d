import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { isReleaseStale } from '../test/testbed/lockstep/release.ts';
import { type Replica, startReplica } from '../test/testbed/lockstep/replica.ts';
import { freePort } from '../test/testbed/process/ports.ts';
import { until } from '../test/testbed/process/until.ts';
import { environmentOfImage } from './process/image-environment.ts';
import { adminOf, type Send } from './soak/client.ts';
import { hostileWrites } from './soak/hostile-writes.ts';
import { supervise, type WatchedProcess } from './soak/supervisor.ts';

/**
 * A tenant who may write the Secrets of one namespace writes the worst inputs that are known, at random. Two webhook
 * pods and two controllers face them. The base manifests are installed, so that a review without an answer lets the
 * write in, and the API server counts it. A team in another namespace writes good Secrets meanwhile.
 *
 *     npm run bench:soak -- --minutes 30 --writers 2 --seed 7
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    writers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '7' },
  },
});
/** Memory in the last third of the time, relative to the first third. */
const TARGETS = { unvalidatedPercent: 2, growth: 1.25 };
/** As resources.limits.memory in manifests/base. */
const LIMIT_MIB = 512;
const SETTLE_MS = 30_000;

if (isReleaseStale()) throw new Error('the release is of another day; npm run build first');
await using cluster = await startCluster({ controllers: true });
const lockstep = await installLockstep(cluster, { replicas: 2 });
const controllers = [await startController('controller-1'), await startController('controller-2')];
const tenant = await adminOf(cluster, 'tenant');
const team = await adminOf(cluster, 'team');
await until('the rights of the team', [], async () => (await team('GET', '', '')).status === 200);

print(`team, before:  ${latencies(await goodWrites(team, SETTLE_MS))}`);
const [failedOpen, asked] = await countedByApiServer();
const changes = await changesOfLeader();
const ending = new AbortController();
const watching = [...lockstep.replicas(), ...controllers].map(({ daemon, place }) =>
  supervise(
    { daemon, probes: `http://${place.address}:${place.metricsPort}`, limitMib: LIMIT_MIB },
    ending.signal,
  ),
);
const next = hostileWrites(seededRandom(Number(values.seed)));
const outcomes = new Map<string, Map<string, number>>();
const stored: string[] = [];
const attacks = Array.from({ length: Number(values.writers) }, () => attack(ending.signal));
const meanwhile = await goodWrites(team, Number(values.minutes) * 60_000);
ending.abort();
await Promise.all(attacks);
const watched = await Promise.all(watching);
const leaders = await leadersAmong(controllers);
const flaps = (await changesOfLeader()) - changes;
const [failedOpenThen, askedThen] = await countedByApiServer();

print(`team, during:  ${latencies(meanwhile)}`);
for (const [kind, counts] of [...outcomes].sort())
  print(`tenant, ${kind}: ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`);
for (const each of watched) print(memoryLine(each));
const unvalidated = failedOpenThen - failedOpen;
const percent = (100 * unvalidated) / Math.max(1, askedThen - asked);
const misses = [
  ...(percent > TARGETS.unvalidatedPercent
    ? [`${percent.toFixed(2)} % of the writes passed without validation`]
    : []),
  ...(stored.length > unvalidated
    ? [`${stored.length} faulty Secrets were stored, ${unvalidated} of them without validation`]
    : []),
  ...watched.flatMap(({ name, restarts }) => restarts.map((why) => `${name}: ${why}`)),
  ...watched.filter((each) => growth(each) > TARGETS.growth).map(({ name }) => `${name}: its memory grew`),
  ...(leaders === 1 ? [] : [`${leaders} controllers lead`]),
  ...(flaps === 0 ? [] : [`the leader changed ${flaps} times`]),
];
print(
  `without validation: ${unvalidated} of ${askedThen - asked} reviews, ${percent.toFixed(2)} %; faulty Secrets stored: ${stored.length}`,
);
print(misses.length === 0 ? 'as it should be' : `missed: ${misses.slice(0, 20).join('; ')}`);
process.exitCode = misses.length === 0 ? 0 : 1;

async function startController(name: string): Promise<Replica> {
  const kubeconfig = await cluster.serviceAccountKubeconfig('lockstep-system', 'lockstep-controller');
  return startReplica(
    cluster,
    name,
    { address: '127.0.0.1', port: 0, metricsPort: await freePort() },
    { ...environmentOfImage(), LOCKSTEP_KUBECONFIG: kubeconfig },
    ['controller'],
  );
}

async function attack(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const write = next();
    const { status, text } = await tenant(write.method, write.path, write.body);
    const isStored = status >= 200 && status < 300;
    if (write.isFaulty && isStored) stored.push(write.kind);
    const counts = outcomes.get(write.kind) ?? new Map<string, number>();
    const outcome = outcomeOf(status, text);
    outcomes.set(write.kind, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
  }
}

function outcomeOf(status: number, text: string): string {
  if (status === 422) return text.includes('lockstep/') ? 'denied' : 'invalid';
  if (status === 0) return 'unanswered';
  const message = /"message":"([^"]{0,60})/.exec(text)?.[1] ?? '';
  return status < 400 ? `HTTP ${status}` : `HTTP ${status} ${message}`.trimEnd();
}

/** Milliseconds of each write. A password changes, so that both webhooks have work. */
async function goodWrites(send: Send, forMs: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (const end = performance.now() + forMs; performance.now() < end; await sleep(100)) {
    const stringData = {
      POSTGRES_USER: 'app',
      POSTGRES_DB: 'app',
      POSTGRES_HOST: 'db',
      POSTGRES_PASSWORD: randomBytes(24).toString('hex'),
      DATABASE_URL: '',
    };
    const began = performance.now();
    const { status } = await send('PATCH', '/good', JSON.stringify({ stringData }));
    if (status === 404) await send('POST', '', JSON.stringify({ metadata: { name: 'good' }, stringData }));
    took.push(performance.now() - began);
  }
  return took;
}

function latencies(took: readonly number[]): string {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  return `${took.length} writes, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`;
}

/** Reviews that were not answered, and reviews that were asked for, of the validating webhook. */
async function countedByApiServer(): Promise<readonly [number, number]> {
  const { text } = await cluster.request('/metrics');
  const sum = (metric: string): number =>
    [...text.matchAll(new RegExp(`^${metric}\\{[^}]*name="validate\\.lockstep\\.dev"[^}]*\\} (\\S+)$`, 'gm'))]
      .map(([, value]) => Number(value))
      .reduce((total, value) => total + value, 0);
  return [
    sum('apiserver_admission_webhook_fail_open_count'),
    sum('apiserver_admission_webhook_request_total'),
  ];
}

/** How often the Lease has gone from one controller to another. */
async function changesOfLeader(): Promise<number> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/lockstep-system/leases/lockstep-controller';
  return (await cluster.request(path)).json().spec?.leaseTransitions ?? 0;
}

async function leadersAmong(replicas: readonly Replica[]): Promise<number> {
  const pages = await Promise.all(replicas.map((each) => each.metrics().catch(() => '')));
  return pages.filter((page) => /^lockstep_controller_leader 1$/m.test(page)).length;
}

/** The same numbers for the same seed: mulberry32. */
function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((((mixed ^ (mixed >>> 14)) >>> 0) % below) + below) % below;
  };
}

function growth({ memoryMib }: WatchedProcess): number {
  const third = Math.floor(memoryMib.length / 3);
  return median(memoryMib.slice(-third)) / Math.max(1, median(memoryMib.slice(0, third)));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function memoryLine(each: WatchedProcess): string {
  const { name, memoryMib, peakMib, unready, probes, restarts } = each;
  const figures = `median ${median(memoryMib).toFixed(0)} MiB, at most ${peakMib.toFixed(0)} MiB of ${LIMIT_MIB}, last third / first third ${growth(each).toFixed(2)}`;
  return `${name}: ${figures}; not ready ${unready} of ${probes} times; ${restarts.length} restarts`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
