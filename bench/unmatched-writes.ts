import process from 'node:process';
import { CONDITION_NAME, webhookCondition } from '../src/engine/floor/webhook-condition.ts';
import { builtins } from '../test/helpers/engine/engine.ts';
import { startCluster } from '../test/testbed/cluster/cluster.ts';
import { keepAliveClient } from '../test/testbed/load/client.ts';
import { installLockstep } from '../test/testbed/lockstep/lockstep.ts';
import { isReleaseStale } from '../test/testbed/lockstep/release.ts';
import { random } from './admission/review-body.ts';
import { timeAt, timeWrites } from './cluster/timed-writes.ts';

/**
 * Milliseconds of one write of a Secret that no policy matches, on a real API server. All Secrets of the namespace
 * `sent` are sent to the webhooks. The namespace `skipped` has the condition of `lockstep policy match-conditions`. No
 * webhook of lockstep selects kube-public. The ratio is the median of the ratios within a round.
 */
const WRITERS = [1, 10];
const ROUNDS = 7;
const WRITES_PER_ROUND = 200;
const NAMESPACES = { sent: 'sent', skipped: 'skipped', without: 'kube-public' } as const;
type Side = keyof typeof NAMESPACES;
const SIDES = Object.keys(NAMESPACES) as readonly Side[];

if (isReleaseStale()) throw new Error('the release is of another day; npm run build first');
await using cluster = await startCluster();
await installLockstep(cluster);
for (const namespace of [NAMESPACES.sent, NAMESPACES.skipped])
  await cluster.kubectl(['create', 'namespace', namespace], { orThrow: true });
using client = keepAliveClient(cluster);
let runs = 0;

await addCondition();
await round(WRITERS[1]!, SIDES);
print(['writers', 'write', 'sent p50', 'skipped p50', 'without p50', 'ratio']);
for (const writers of WRITERS) {
  const rounds = [];
  for (let number = 0; number < ROUNDS; number += 1)
    rounds.push(await round(writers, number % 2 === 0 ? SIDES : SIDES.toReversed()));
  for (const write of ['create', 'update'] as const)
    report(
      writers,
      write,
      rounds.map((one) => one[write]),
    );
}

/** The condition spares one namespace only, so that both sides alternate on one API server. */
async function addCondition(): Promise<void> {
  const condition = webhookCondition(builtins.filter(({ name }) => name !== 'no-placeholders'));
  if (condition.kind !== 'condition') throw new Error(condition.kind);
  const expression = `request.namespace == '${NAMESPACES.sent}' || ${condition.expression}`;
  for (const [kind, name] of [
    ['mutating', 'mutate'],
    ['validating', 'validate'],
  ]) {
    const patch = {
      webhooks: [{ name: `${name}.lockstep.dev`, matchConditions: [{ name: CONDITION_NAME, expression }] }],
    };
    const args = [`${kind}webhookconfiguration`, 'lockstep', '--type=strategic', '-p', JSON.stringify(patch)];
    await cluster.kubectl(['patch', ...args], { orThrow: true });
  }
  // The API server reads the configuration again within a second.
  await new Promise((resolve) => setTimeout(resolve, 5000));
}

type Medians = Readonly<Record<Side, number>>;

async function round(
  writers: number,
  sides: readonly Side[],
): Promise<Readonly<Record<'create' | 'update', Medians>>> {
  const create: Record<string, number> = {};
  const update: Record<string, number> = {};
  for (const side of sides) {
    const path = `/api/v1/namespaces/${NAMESPACES[side]}/secrets`;
    const run = runs++;
    const nameOf = (number: number) => `app-${run}-${number}`;
    const time = async (write: (number: number) => Promise<void>) =>
      timeAt(await timeWrites(writers, WRITES_PER_ROUND, write), 0.5);
    create[side] = await time((number) =>
      send('POST', path, { metadata: { name: nameOf(number) }, stringData: values(`${number} before`) }),
    );
    update[side] = await time((number) =>
      send('PATCH', `${path}/${nameOf(number)}`, { stringData: values(`${number} after`) }),
    );
  }
  return { create: create as Medians, update: update as Medians };
}

async function send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void> {
  const { status, text } = await client.send(method, path, body);
  if (status < 200 || status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
}

/** Keys that no policy names. */
function values(version: string): Readonly<Record<string, string>> {
  const keys = Array.from({ length: 11 }, (_, key) => `item-${key}`);
  return Object.fromEntries(keys.map((key) => [key, random(`${key} ${version}`, 32).toString('hex')]));
}

function report(writers: number, write: string, rounds: readonly Medians[]): void {
  const medians = SIDES.map((side) =>
    timeAt(
      rounds.map((one) => one[side]),
      0.5,
    ).toFixed(1),
  );
  const ratio = timeAt(
    rounds.map(({ sent, skipped }) => skipped / sent),
    0.5,
  );
  print([`${writers}`, write, ...medians, ratio.toFixed(2)]);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(13)).join('')}\n`);
}
