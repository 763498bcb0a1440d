import process from 'node:process';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { keepAliveClient } from '../test/testbed/load/client.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { isReleaseStale } from '../test/testbed/lockstep/release.ts';
import { random } from './admission/review-body.ts';
import { installEmptyWebhooks } from './cluster/empty-webhooks.ts';
import { timeAt, timeWrites } from './cluster/timed-writes.ts';

/**
 * Milliseconds of one write of a Secret on a real API server. It has no webhook, two empty webhooks of Node, or both
 * webhooks of lockstep, in turns. lockstep selects neither of the first two namespaces. An update changes a
 * password, which lockstep carries into a URL.
 */
const WRITERS = [1, 10, 50];
const ROUNDS = 3;
/** For each operation, by all writers together. */
const WRITES_PER_ROUND = 400;
const NAMESPACES = { without: 'kube-public', empty: 'kube-node-lease', lockstep: 'latency' } as const;
type Side = keyof typeof NAMESPACES;
const SIDES = Object.keys(NAMESPACES) as readonly Side[];

if (isReleaseStale()) throw new Error('the release is of another day; npm run build first');
await using cluster = await startCluster();
await installLockstep(cluster);
await cluster.mustRun(['create', 'namespace', NAMESPACES.lockstep]);
using _empty = await installEmptyWebhooks(cluster, NAMESPACES.empty);
using client = keepAliveClient(cluster);

let runs = 0;

type Took = Readonly<Record<Side, number[]>>;

// The first round of all, which is not counted, opens the connections and compiles the code.
await measure(WRITERS[1]!);
print([
  'writers',
  'write',
  'without p50',
  'p99',
  'empty p50',
  'p99',
  'lockstep p50',
  'p99',
  'ratio p50',
  'p99',
]);
for (const writers of WRITERS) {
  const { create, update } = await measure(writers);
  report(writers, 'create', create);
  report(writers, 'update', update);
}

async function measure(writers: number): Promise<Readonly<Record<'create' | 'update', Took>>> {
  const took = { create: emptyTimes(), update: emptyTimes() };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < SIDES.length; turn += 1) {
      const side = SIDES[(round + turn) % SIDES.length]!;
      const path = `/api/v1/namespaces/${NAMESPACES[side]}/secrets`;
      const run = runs++;
      const nameOf = (number: number) => `app-${run}-${number}`;
      took.create[side].push(
        ...(await timeWrites(writers, WRITES_PER_ROUND, (number) => create(path, nameOf(number)))),
      );
      took.update[side].push(
        ...(await timeWrites(writers, WRITES_PER_ROUND, (number) => update(path, nameOf(number)))),
      );
    }
  }
  return took;
}

function emptyTimes(): Took {
  return { without: [], empty: [], lockstep: [] };
}

function create(path: string, name: string): Promise<void> {
  return send('POST', path, { metadata: { name }, stringData: story(`${name} before`) });
}

function update(path: string, name: string): Promise<void> {
  const stringData = { POSTGRES_PASSWORD: story(`${name} after`).POSTGRES_PASSWORD };
  return send('PATCH', `${path}/${name}`, { stringData });
}

async function send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
  const { status, text } = await client.send(method, path, body);
  if (status < 200 || status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
}

function story(version: string) {
  const secret = (key: string) => random(`${key} ${version}`, 32).toString('hex');
  const password = random(`password ${version}`, 24).toString('base64url');
  return {
    CSRF_SECRET: secret('CSRF_SECRET'),
    DATABASE_URL: `postgresql://app:${password}@postgres-service:5432/app?sslmode=disable`,
    JWT_REFRESH_SECRET: secret('JWT_REFRESH_SECRET'),
    JWT_SECRET: secret('JWT_SECRET'),
    PASSWORD_MASTER_KEY: secret('PASSWORD_MASTER_KEY'),
    POSTGRES_DB: 'app',
    POSTGRES_HOST: 'postgres-service',
    POSTGRES_PASSWORD: password,
    POSTGRES_PORT: '5432',
    POSTGRES_USER: 'app',
    REDIS_URL: 'redis://redis:6379/0',
  };
}

function report(writers: number, write: string, took: Took): void {
  const times = SIDES.map((side) => [timeAt(took[side], 0.5), timeAt(took[side], 0.99)] as const);
  const ratios = [0.5, 0.99].map((share) => timeAt(took.lockstep, share) / timeAt(took.empty, share));
  const cells = [...times.flat().map((ms) => ms.toFixed(1)), ...ratios.map((ratio) => ratio.toFixed(2))];
  print([`${writers}`, write, ...cells]);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(13)).join('')}\n`);
}
