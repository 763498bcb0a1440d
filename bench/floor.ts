import process from 'node:process';
import type { FloorObject } from '../src/engine/floor/admission-policy.ts';
import { floorOf } from '../src/engine/floor/floor.ts';
import { aPolicy, builtins, STORY } from '../test/helpers/engine/engine.ts';
import { OPTIONS, PATHS } from '../test/helpers/floor/floor-cluster.ts';
import { type Cluster, startCluster } from '../test/testbed/cluster/cluster.ts';
import { type Client, keepAliveClient } from '../test/testbed/load/client.ts';
import { random } from './admission/review-body.ts';
import { measureInTurn, median } from './interleaved.ts';

/**
 * `npm run bench:floor`: milliseconds of one CREATE of a Secret on a real API server. One has no floor, one the floor
 * of the built-in policies, and one that of ten policies more. All write in turns. The writes are dry runs, so they
 * don't include etcd. The aim is less than 20 ms more at the median.
 */
const ROUNDS = 200;
const WARM_UP_ROUNDS = 20;
const AIM_MS = 20;
const SECRETS_PATH = '/api/v1/namespaces/default/secrets?dryRun=All';

const team = (at: number) =>
  aPolicy(`team-${at}`, {
    match: { names: ['reconciliation-secrets', 'many', 'large'] },
    precedence: at,
    keys: Object.fromEntries(
      Array.from({ length: 12 }, (_, key) => [`TEAM_${at}_${key}`, { sensitive: true, minLength: 12 }]),
    ),
  });
const FLOORS = {
  without: [],
  'built-in': builtins,
  'ten more': [...builtins, ...Array.from({ length: 10 }, (_, at) => team(at))],
};
type Side = keyof typeof FLOORS;
const SIDES = Object.keys(FLOORS) as Side[];

type Values = Readonly<Record<string, string>>;
const secret = (seed: string): string => random(seed, 24).toString('base64url');
const teamKeys: Values = Object.fromEntries(
  FLOORS['ten more'].flatMap(({ name, keys }) =>
    name.startsWith('team-') ? keys.map((key) => [key.name, secret(key.name)]) : [],
  ),
);
const CASES: Readonly<Record<string, { readonly name: string; readonly values: Values }>> = {
  'the Secret of the story': { name: 'reconciliation-secrets', values: STORY },
  'with 120 keys of ten policies': { name: 'reconciliation-secrets', values: { ...STORY, ...teamKeys } },
  '200 keys': {
    name: 'many',
    values: Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`KEY_${at}_SECRET`, secret(`${at}`)])),
  },
  '1 MiB': { name: 'large', values: { FILE: 'x'.repeat(1024 * 1024 - 100) } },
};

await using servers = new AsyncDisposableStack();
const clients = {} as Record<Side, Client>;
print(['floor', 'objects', 'KiB', 'apply s', 'then refuses s']);
for (const side of SIDES) {
  const cluster = servers.use(await startCluster());
  clients[side] = servers.use(keepAliveClient(cluster));
  const { objects } = floorOf(FLOORS[side], OPTIONS);
  if (objects.length > 0) await apply(side, cluster, objects);
}
print(['Secret', 'floor', 'p50', 'p99', 'more at p50', 'p99', 'aim']);
for (const [name, fields] of Object.entries(CASES)) await compare(name, fields);

/** The API server compiles an admission policy before it stores it, and again before it evaluates it. */
async function apply(side: Side, cluster: Cluster, objects: readonly FloorObject[]): Promise<void> {
  const start = performance.now();
  for (const object of objects) {
    const { status, text } = await cluster.request(PATHS[object.kind], { method: 'POST', body: object });
    if (status !== 201) throw new Error(text);
  }
  const applied = performance.now();
  // Each floor has the policy `no-placeholders`.
  while ((await write(side, 'probe', { SOME_KEY: 'CHANGE_ME' })) !== 422);
  print([
    side,
    `${objects.length}`,
    `${Math.ceil(JSON.stringify(objects).length / 1024)}`,
    ((applied - start) / 1000).toFixed(1),
    ((performance.now() - applied) / 1000).toFixed(1),
  ]);
}

async function compare(name: string, fields: (typeof CASES)[string]): Promise<void> {
  const timed = (side: Side) => async (): Promise<number> => {
    const start = performance.now();
    const status = await write(side, fields.name, fields.values);
    if (status !== 201) throw new Error(`${name}, ${side}: ${status}`);
    return performance.now() - start;
  };
  const sides = Object.fromEntries(SIDES.map((side) => [side, timed(side)])) as Record<
    Side,
    () => Promise<number>
  >;
  await measureInTurn(WARM_UP_ROUNDS, sides);
  const rounds = await measureInTurn(ROUNDS, sides);
  const figures = (side: Side) => {
    const times = rounds.map((round) => round[side]).sort((a, b) => a - b);
    return [median(times), times[Math.floor(0.99 * (times.length - 1))] ?? Number.NaN] as const;
  };
  const [base50, base99] = figures('without');
  for (const side of SIDES) {
    const [p50, p99] = figures(side);
    const more =
      side === 'without' ? ['-', '-', '-'] : [ms(p50 - base50), ms(p99 - base99), aim(p50 - base50)];
    print([name, side, ms(p50), ms(p99), ...more]);
  }
}

function ms(figure: number): string {
  return figure.toFixed(1);
}

function aim(more: number): string {
  return `< ${AIM_MS}${more < AIM_MS ? '' : ' missed'}`;
}

async function write(side: Side, name: string, values: Values): Promise<number> {
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: values };
  return (await clients[side].send('POST', SECRETS_PATH, body)).status;
}

function print([first = '', ...cells]: readonly string[]): void {
  process.stdout.write(`${first.padEnd(32)}${cells.map((cell) => cell.padStart(14)).join('')}\n`);
}
