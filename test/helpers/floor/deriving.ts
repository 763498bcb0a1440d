import { isDeepStrictEqual } from 'node:util';
import { mutateSecret } from '../../../src/engine/decide/decide.ts';
import { derivingPolicy } from '../../../src/engine/floor/derive/mutating-policy.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';
import { STORY, testContext } from '../engine/engine.ts';
import { DERIVE_POLICIES, deriveWrites, storedLogins } from './derive-writes.ts';
import { create, OPTIONS, PATHS } from './floor-cluster.ts';
import { requestOf, valuesAfter } from './soundness.ts';
import type { FloorObjectFields, FloorWrite } from './writes.ts';

/**
 * Stores the policy that derives, and waits until the API server evaluates it. `failurePolicy` is `Fail`, so that an
 * expression without a result refuses the write and the test sees it.
 */
export async function applyDeriving(cluster: Cluster, policies: readonly Policy[]): Promise<void> {
  for (const object of derivingPolicy(policies, OPTIONS).objects) {
    const body =
      'mutations' in object.spec ? { ...object, spec: { ...object.spec, failurePolicy: 'Fail' } } : object;
    const { status, text } = await cluster.request(PATHS[object.kind], { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  }
  await until(
    'the policy that derives',
    [],
    async () => {
      const write = { namespace: 'default', before: undefined, after: PROBE };
      const { DATABASE_URL } = await stored(cluster, write);
      // The webhook derives the URL too, so the URL alone is no proof.
      return DATABASE_URL !== undefined && (await countedChecks(cluster)).length > 0;
    },
    120_000,
  );
}

/** The evaluations of policies that mutate, as lines of the API server's metrics. */
export async function countedChecks(cluster: Cluster): Promise<readonly string[]> {
  const { text } = await cluster.request('/metrics');
  return text
    .split('\n')
    .filter((line) => line.startsWith('apiserver_mutating_admission_policy_check_total{'));
}

const PROBE: FloorObjectFields = {
  name: 'reconciliation-probe-secrets',
  labels: {},
  annotations: {},
  type: 'Opaque',
  data: Object.fromEntries(
    Object.entries(STORY).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
};

/** The data after a dry run of the write. Throws the answer if it is refused. */
export async function stored(
  cluster: Cluster,
  { namespace, before, after }: FloorWrite,
): Promise<Readonly<Record<string, string>>> {
  const answer =
    before === undefined
      ? await create(cluster, namespace, after)
      : await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${after.name}?dryRun=All`, {
          method: 'PUT',
          body: {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: after.name, namespace, labels: after.labels, annotations: after.annotations },
            type: after.type,
            data: after.data,
          },
        });
  if (answer.status !== 200 && answer.status !== 201) throw new Error(answer.text);
  return answer.json().data ?? {};
}

export interface DerivingProof {
  /** Writes after which the API server stores another value than lockstep would. */
  readonly wrong: readonly string[];
  /** How many keys the engine writes, and how many of them the API server derives. By the name of the key. */
  readonly derived: ReadonlyMap<string, { all: number; derived: number }>;
}

/** Writes so many Secrets past the admission policy alone, and compares each with the engine. */
export async function proveDeriving(cluster: Cluster, count: number, seed: number): Promise<DerivingProof> {
  const before = storedLogins(seed, 60);
  for (const namespace of new Set(before.map((one) => one.namespace))) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    const { status, text } = await cluster.request('/api/v1/namespaces', { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  }
  for (const one of before) {
    const { status, text } = await create(cluster, one.namespace, one, false);
    if (status !== 201) throw new Error(text);
  }
  await applyDeriving(cluster, DERIVE_POLICIES);
  const next = deriveWrites(seed, before);
  const wrong: string[] = [];
  const derived = new Map<string, { all: number; derived: number }>();
  for (let done = 0; done < count; done += 1) {
    const write = next();
    const data = await stored(cluster, write);
    const request = requestOf(write);
    const decision = mutateSecret(request, DERIVE_POLICIES, testContext);
    const wanted = valuesAfter(request, decision);
    for (const { key, reason } of decision.changes) {
      if (reason !== 'derived' && reason !== 'mismatch') continue;
      const counts = derived.get(key) ?? { all: 0, derived: 0 };
      counts.all += 1;
      if (data[key] === wanted[key]) counts.derived += 1;
      derived.set(key, counts);
    }
    const written = Object.keys(data).filter((key) => data[key] !== write.after.data[key]);
    const differing = written.filter((key) => data[key] !== wanted[key]);
    // The webhook sees what the admission policy wrote, and must come to the same Secret.
    const then = requestOf({ ...write, after: { ...write.after, data } });
    const after = valuesAfter(then, mutateSecret(then, DERIVE_POLICIES, testContext));
    if (differing.length > 0 || !isDeepStrictEqual(sorted(after), sorted(wanted)))
      wrong.push(describe(write, data, wanted, after));
  }
  return { wrong, derived };
}

const sorted = (data: Readonly<Record<string, string>>) =>
  Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));

function describe(write: FloorWrite, data: Values, wanted: Values, after: Values): string {
  const plain = (values: Values) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  const others = (values: Values) =>
    plain(
      Object.fromEntries(Object.entries(values).filter(([key, value]) => write.after.data[key] !== value)),
    );
  return JSON.stringify({
    name: write.after.name,
    labels: write.after.labels,
    before: write.before && plain(write.before.data),
    data: plain(write.after.data),
    policy: others(data),
    engine: others(wanted),
    both: others(after),
  });
}
type Values = Readonly<Record<string, string>>;
