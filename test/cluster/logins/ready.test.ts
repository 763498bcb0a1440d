import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { findCanaries } from '../../helpers/canary/canary.ts';
import { lockstep } from '../../helpers/commands/commands.ts';
import { aTeam, type Loose, type Team, type Texts } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, isInStep, untilInStep } from '../../helpers/credential/world.ts';
import { type LoginSource, loginClients } from '../../helpers/logins/login-clients.ts';
import { DEFAULT_CLIENTS, type Planting, type Situation } from '../../helpers/logins/planting.ts';
import { SITUATIONS } from '../../helpers/logins/situations.ts';
import { until } from '../../testbed/process/until.ts';

// Each situation is planted on a real API server and a real PostgreSQL. `lockstep audit --logins` predicts whether the
// password can be changed, and then the controller changes it, while clients log in. `ONLY=copy` selects some by name.
const chosen = SITUATIONS.filter(({ name }) => name.includes(process.env.ONLY ?? ''));
/** The known limits of the prediction, each with its reason. */
const KNOWN_WRONG: ReadonlyMap<string, string> = new Map([
  [
    'a Deployment whose pods can not be made',
    'an admission policy denies each new pod of the namespace, and the prediction tries none',
  ],
]);
const PARALLEL = 8;
/** Changes at once. Those that wait for a timeout take most of them. */
const PARALLEL_CHANGES = 24;
const LETTERS = 'abcdefghijklmnop';
/** The shortest limit of one workload to become healthy: a rollout that can't end costs the test this time. */
const ROLLOUT_TIMEOUT = '1m';
/** A change that has not begun by then waits for a person. Milliseconds. */
const BEGIN_TIMEOUT_MS = 60_000;
const NOT_READY_TIMEOUT_MS = 5000;
const END_TIMEOUT_MS = 200_000;

const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '3' });

interface Planted {
  readonly situation: Situation;
  readonly namespace: string;
  readonly team: Team;
  readonly before: Texts;
}

const COLLECTIONS: Readonly<Record<string, readonly [apiVersion: string, path: string]>> = {
  replicasets: ['apps/v1', '/apis/apps/v1'],
  deployments: ['apps/v1', '/apis/apps/v1'],
  statefulsets: ['apps/v1', '/apis/apps/v1'],
  daemonsets: ['apps/v1', '/apis/apps/v1'],
  cronjobs: ['batch/v1', '/apis/batch/v1'],
  jobs: ['batch/v1', '/apis/batch/v1'],
  credentials: ['lockstep.dev/v1alpha1', '/apis/lockstep.dev/v1alpha1'],
};

const repeating = new AbortController();
t.teardown(() => repeating.abort());

async function repeat(work: () => Promise<unknown>): Promise<void> {
  while (!repeating.signal.aborted) {
    await work().catch(() => {});
    await sleep(1000);
  }
}

function plantingOf(team: Team, password: string): Planting {
  const { namespace } = team.place;
  return {
    world,
    team,
    namespace,
    role: team.role,
    password,
    sql: (text) => postgres.sql(text),
    repeat: (work) => void repeat(work),
    put: async (resource, body) => {
      const [apiVersion, root] = COLLECTIONS[resource] ?? ['v1', '/api/v1'];
      const plural = resource === 'credentials' ? 'postgrescredentials' : resource;
      const { status, text } = await cluster.request(`${root}/namespaces/${namespace}/${plural}`, {
        method: 'POST',
        body: { apiVersion, ...body },
      });
      if (status !== 201) throw new Error(`${namespace}: ${text}`);
    },
    patch: async (path, body, query = '') => {
      const contentType = query === '' ? 'application/merge-patch+json' : 'application/apply-patch+yaml';
      const { status, text } = await cluster.request(`${path}${query}`, {
        method: 'PATCH',
        body,
        contentType,
      });
      if (status >= 300) throw new Error(`${namespace}: ${text}`);
    },
  };
}

const copiesOf = (namespace: string): string => `${namespace}-copies`;
const readerOfCopy = (copy: number): LoginSource => ({
  from: 'pods',
  prefix: `copy-${copy}-`,
  secret: `copy-${copy}`,
});

async function plant(situation: Situation, index: number): Promise<Planted> {
  const namespace = `s${index}`;
  const copies = Array.from({ length: situation.copies ?? 0 }, (_, copy) => ({
    namespace: copiesOf(namespace),
    name: `copy-${copy + 1}`,
    readers: 1,
  }));
  const { spec, ...options } = situation.team;
  const team = await aTeam(world, namespace, {
    ...options,
    copies,
    role: `app_${LETTERS[Math.floor(index / 16)]}${LETTERS[index % 16]}`,
    spec: { consumers: { timeout: ROLLOUT_TIMEOUT }, ...spec },
  });
  await untilInStep(team, [daemon]);
  await until(`the consumers of ${namespace}`, [daemon], async () =>
    (await Promise.all([namespace, copiesOf(namespace)].map(deploymentsIn)))
      .flat()
      .every(({ spec, status }) => status?.availableReplicas === spec.replicas),
  );
  const before = await team.secret();
  await situation.plant?.(plantingOf(team, before.POSTGRES_PASSWORD ?? '')).catch((error: Error) => {
    t.fail(`${situation.name}: ${error.message}`);
  });
  return { situation, namespace, team, before };
}

async function deploymentsIn(namespace: string): Promise<readonly Loose[]> {
  const { json } = await cluster.request(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  return (json() as Loose).items;
}

/** The controllers of Kubernetes have seen each planted workload, and its pods have had the time to start. */
async function untilSeen(): Promise<void> {
  await until('all workloads to be seen', [daemon], async () => {
    const lists = await Promise.all(
      ['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((plural) =>
        cluster.request(`/apis/apps/v1/${plural}`),
      ),
    );
    return lists
      .flatMap(({ json }) => (json() as Loose).items)
      .every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
  });
  await sleep(5000);
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
  parallel = PARALLEL,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** The password is another one, and nothing is open: no change, no request, no rollout. */
async function isChanged({ team, before }: Planted): Promise<boolean> {
  const [{ POSTGRES_PASSWORD }, record] = [await team.secret(), await team.record()];
  return (
    POSTGRES_PASSWORD !== before.POSTGRES_PASSWORD &&
    record?.login?.change === undefined &&
    record?.rollout === undefined &&
    (await isInStep(team))
  );
}

/** Why the change has not ended well. Undefined if it has. */
async function change(planted: Planted): Promise<string | undefined> {
  const { team } = planted;
  const start = performance.now();
  try {
    await team.requestChange({ kind: 'rotate' });
  } catch (error) {
    return `no request: ${(error as Error).message}`;
  }
  for (;;) {
    if (await isChanged(planted).catch(() => false)) return undefined;
    const record = await team.record().catch(() => undefined);
    const { change: underWay, changeRequest, failed, diverged } = record?.login ?? {};
    const waited = performance.now() - start;
    if (underWay === undefined && changeRequest === undefined && failed !== undefined) return failed.reason;
    if (underWay === undefined && diverged !== undefined) return diverged.reason;
    const isReady = conditionOf(await team.credential().catch(() => ({})), 'Ready') !== 'False';
    if (underWay === undefined && waited > (isReady ? BEGIN_TIMEOUT_MS : NOT_READY_TIMEOUT_MS))
      return 'it did not begin';
    if (waited > END_TIMEOUT_MS) return `still in ${underWay?.phase}`;
    await sleep(500);
  }
}

t.test('the prediction agrees with the change of the password', async (t) => {
  const all = await inParallel(chosen, plant);
  await untilSeen();
  const clients = loginClients(
    cluster,
    postgres,
    new Map<string, readonly LoginSource[]>(
      all.flatMap(({ namespace, situation: { clients = DEFAULT_CLIENTS, copies = 0 } }) => [
        [namespace, clients],
        [copiesOf(namespace), Array.from({ length: copies }, (_, copy) => readerOfCopy(copy + 1))],
      ]),
    ),
  );
  const stop = await clients.start();
  const args = ['audit', '--logins', '--connect', '-o', 'json', '--kubeconfig', cluster.kubeconfig];
  const output = await lockstep(...args);
  t.same(
    findCanaries(
      output.stdout + output.stderr,
      all.map(({ before }) => before.POSTGRES_PASSWORD ?? ''),
    ),
    [],
  );
  const { logins } = JSON.parse(output.stdout) as { logins: readonly Loose[] };
  const reasons = await inParallel(all, change, PARALLEL_CHANGES);
  await sleep(3000);
  const undone = await Promise.all(
    all.map(async ({ team, before }) => {
      const now = await team.secret().catch(() => undefined);
      return now?.POSTGRES_PASSWORD === before.POSTGRES_PASSWORD;
    }),
  );
  repeating.abort();
  const failures = await stop();
  let right = 0;
  for (const [index, { namespace, situation }] of all.entries()) {
    const row = logins.find((one) => one.namespace === namespace && one.name === 'app');
    const failed = (failures.get(namespace) ?? 0) + (failures.get(copiesOf(namespace)) ?? 0);
    const reason =
      reasons[index] ??
      (undone[index] ? 'it was undone' : failed > 0 ? `${failed} failed logins` : undefined);
    const predicted = row?.ready === 'yes' || row?.ready === 'likely';
    const isRight = row !== undefined && predicted === (reason === undefined);
    right += isRight ? 1 : 0;
    const texts = (row?.reasons ?? []).map((one: Loose) => one.reason);
    const line = `${situation.name}: ${row?.ready} [${[...texts, ...(row?.unknown ?? [])].join('; ')}], and then ${reason ?? 'all went well'}`;
    t.comment(line);
    if (!isRight && !KNOWN_WRONG.has(situation.name)) t.fail(line);
  }
  t.comment(`${right} of ${all.length} predictions were right`);
  t.ok(right >= all.length * 0.99, `${right} of ${all.length}`);
});
