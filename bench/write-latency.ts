import process from 'node:process';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { keepAliveClient } from '../test/testbed/load/client.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { isReleaseStale } from '../test/testbed/lockstep/release.ts';
import { random } from './admission/review-body.ts';
import { timeAt, timeWrites } from './cluster/timed-writes.ts';

/**
 * Milliseconds of one write of a Secret on a real API server, with lockstep and without it, in turns. A write in
 * kube-public calls no webhook of lockstep. An update changes a password, which lockstep carries into a URL.
 */
const WRITERS = [1, 10, 50];
const ROUNDS = 5;
/** For each operation, by all writers together. */
const WRITES_PER_ROUND = 400;
const NAMESPACES = { without: 'kube-public', with: 'latency' } as const;
type Side = keyof typeof NAMESPACES;

if (isReleaseStale()) throw new Error('the release is of another day; npm run build first');
await using cluster = await startCluster();
await installLockstep(cluster);
await cluster.kubectl(['create', 'namespace', NAMESPACES.with], { orThrow: true });
using client = keepAliveClient(cluster);

let runs = 0;

type Took = Readonly<Record<Side, number[]>>;

// The first round of all, which is not counted, opens the connections and compiles the code.
await measure(WRITERS[1]!);
print(['writers', 'write', 'without p50', 'p99', 'with p50', 'p99', 'more at p50', 'p99']);
for (const writers of WRITERS) {
  const { create, update } = await measure(writers);
  report(writers, 'create', create);
  report(writers, 'update', update);
}

async function measure(writers: number): Promise<Readonly<Record<'create' | 'update', Took>>> {
  const took = { create: { without: [], with: [] } as Took, update: { without: [], with: [] } as Took };
  for (let round = 0; round < ROUNDS; round += 1) {
    const order: readonly Side[] = round % 2 === 0 ? ['without', 'with'] : ['with', 'without'];
    for (const side of order) {
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
  const [without, withIt] = [took.without, took.with].map((times) => [
    timeAt(times, 0.5),
    timeAt(times, 0.99),
  ]) as [[number, number], [number, number]];
  const more = [withIt[0] - without[0], withIt[1] - without[1]];
  print([`${writers}`, write, ...[...without, ...withIt, ...more].map((ms) => ms.toFixed(1))]);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(13)).join('')}\n`);
}
