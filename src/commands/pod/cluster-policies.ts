import { setTimeout as sleep } from 'node:timers/promises';
import { awaitedMap } from '../../controllers/policy/awaited-map.ts';
import { type PolicyState, policyStore } from '../../controllers/policy/store.ts';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { NAMESPACES } from '../../kube/objects/namespaces.ts';
import { SECRET_POLICIES } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { type CountingMetrics, countPeriodically, countPolicies, type ServingPolicies } from './policies.ts';
import { type PolicyStatusParts, policyStatusWriter } from './policy-status-writer.ts';
import { type ObservedWatch, watchWithMetrics } from './watch-with-metrics.ts';

export interface ClusterPoliciesNeeds {
  readonly cluster: Cluster;
  /** The policies that apply to each name without a SecretPolicy. */
  readonly files: readonly Policy[];
  /** Write the result of each policy into its status, and record Events about it. */
  readonly writesStatus: Pick<PolicyStatusParts, 'maxAction' | 'recordEvent'> | undefined;
  readonly log: Log;
  readonly metrics: CountingMetrics;
}

/**
 * One `kubectl apply` may create a namespace and a Secret in it. The watch reports the namespace a few milliseconds
 * late, and the Secret waits for it. The limit is far below the 3 s that a webhook has.
 */
const NAMESPACE_WAIT_MS = 500;

export interface ClusterPolicies extends ServingPolicies {
  /** A new object after a change of a policy, or of a label that a policy may select by. */
  readonly revision: () => unknown;
  /** All SecretPolicies as last seen, also those that can't be used. */
  readonly states: () => readonly PolicyState[];
}

/**
 * The SecretPolicies of the cluster, which override the policies of files, and the labels of the namespaces. Both come
 * from watches.
 */
export function clusterPolicies(needs: ClusterPoliciesNeeds): ClusterPolicies {
  const { cluster, files, log, metrics } = needs;
  const store = policyStore(files, compilePolicy);
  const namespaces = awaitedMap<ReadonlyMap<string, string>>();
  const stop = new AbortController();
  const statuses =
    needs.writesStatus && policyStatusWriter(store, { cluster, log, ...needs.writesStatus }, stop.signal);

  function policiesChanged(): void {
    countPolicies(store.policies(), metrics);
    metrics.setPoliciesRejected(store.states().filter(({ problems }) => problems.length > 0).length);
    statuses?.wake();
  }
  const policyWatch = watchWithMetrics(cluster, SECRET_POLICIES, {
    resource: 'secretpolicies',
    log,
    metrics,
    onReplaced: (all) => {
      const changed = store.replace(all);
      log.info('SecretPolicies read', { policies: all.length, changed: changed.length });
      for (const state of changed) if (state.problems.length > 0) logPolicyState(state, log);
      policiesChanged();
    },
    onChanged: (one) => {
      const state = store.upsert(one);
      if (state !== undefined) logPolicyState(state, log);
      policiesChanged();
    },
    onRemoved: ({ name }) => {
      store.remove(name);
      log.info('SecretPolicy removed', { policy: name });
      policiesChanged();
    },
  });
  const labels = watchWithMetrics(cluster, NAMESPACES, {
    resource: 'namespaces',
    log,
    metrics,
    onReplaced: (all) => {
      for (const { name, labels } of all) onLabelsChanged(name, labels);
      namespaces.replace(new Map(all.map(({ name, labels }) => [name, labels])));
    },
    onChanged: ({ name, labels }) => {
      onLabelsChanged(name, labels);
      namespaces.set(name, labels);
    },
    onRemoved: ({ name }) => namespaces.delete(name),
  });

  let revision = { policies: store.policies() };
  function onLabelsChanged(name: string, labels: ReadonlyMap<string, string>): void {
    const before = namespaces.get(name);
    if (before === undefined || isSame(before, labels) || !asksForLabels(store.policies())) return;
    revision = { policies: store.policies() };
  }

  return {
    current: store.policies,
    revision: () => {
      if (revision.policies !== store.policies()) revision = { policies: store.policies() };
      return revision;
    },
    states: store.states,
    hasRoomFor: store.hasRoomFor,
    labelsOf: namespaces.get,
    labelsKnown: (namespace) => {
      if (namespaces.get(namespace) !== undefined || !asksForLabels(store.policies())) return undefined;
      return namespaces.waitFor(namespace, sleep(NAMESPACE_WAIT_MS, undefined, { ref: false }));
    },
    notReadyReason: () => notReadReason(policyWatch) ?? notReadReason(labels),
    start: () => {
      const stopMetrics = countPeriodically(() => store.policies(), metrics);
      statuses?.start();
      policyWatch.start(stop.signal);
      labels.start(stop.signal);
      return () => {
        stopMetrics();
        stop.abort();
      };
    },
  };
}

const isSame = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);

const asksForLabels = (policies: readonly Policy[]): boolean =>
  policies.some(({ match }) => match.namespaceSelector !== undefined);

const notReadReason = ({ isRead, description, lastError: error }: ObservedWatch): string | undefined =>
  isRead()
    ? undefined
    : `${description} have not been read yet${error() === undefined ? '' : `: ${error()}`}`;

function logPolicyState({ stored: { name, generation }, problems, policy }: PolicyState, log: Log): void {
  if (problems.length === 0) {
    log.info('SecretPolicy accepted', { policy: name, generation });
    return;
  }
  log.warn('SecretPolicy can not be used', {
    policy: name,
    generation,
    faults: problems.map(problemText),
    inForce: policy === undefined ? 'no version of it' : 'its last good version',
  });
}
