import { setTimeout as sleep } from 'node:timers/promises';
import { acquaintances } from '../../controllers/policy/awaited-map.ts';
import { policyStore, type Verdict } from '../../controllers/policy/store.ts';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { problemText } from '../../engine/policy/schema/problem.ts';
import type { PolicySet } from '../../engine/policy/set.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { NAMESPACES } from '../../kube/objects/namespaces.ts';
import { SECRET_POLICIES, type StoredPolicy } from '../../kube/objects/secret-policies.ts';
import type { Log } from '../../log.ts';
import { type CountingMetrics, countAgain, countPolicies, type ServingPolicies } from './policies.ts';
import { policyStatuses } from './policy-status-writer.ts';
import { type Followed, follow } from './watch-with-metrics.ts';

export interface ClusterPoliciesNeeds {
  readonly cluster: Cluster;
  /** What is in force of each name that no SecretPolicy has. */
  readonly files: readonly Policy[];
  /** Whether to say in each policy's status what became of it. */
  readonly writesStatus: boolean;
  readonly log: Log;
  readonly metrics: CountingMetrics;
}

/**
 * A namespace and a Secret in it may be made by one `kubectl apply`, and the namespace is then heard of a few milliseconds late: the Secret waits for it
 * that long at most. Milliseconds; far below the 3 s that a webhook has.
 */
const PATIENCE = 500;

export interface ClusterPolicies extends ServingPolicies {
  /** Another object where the policies are others, or a label that one of them may choose by. */
  readonly inForce: () => unknown;
}

/** The SecretPolicies of the cluster, over those of the files, and the labels of the namespaces; both as they are watched. */
export function clusterPolicies(needs: ClusterPoliciesNeeds): ClusterPolicies {
  const { cluster, files, log, metrics } = needs;
  const store = policyStore<StoredPolicy>(files, compilePolicy);
  const namespaces = acquaintances<ReadonlyMap<string, string>>();
  const stop = new AbortController();
  const statuses = needs.writesStatus ? policyStatuses(store, { cluster, log }, stop.signal) : undefined;

  const settled = onceATurn(() => {
    countPolicies(store.policies().policies, metrics);
    metrics.setPoliciesRejected(store.verdicts().filter(({ problems }) => problems.length > 0).length);
    statuses?.wake();
  });
  const policies = follow(cluster, SECRET_POLICIES, {
    resource: 'secretpolicies',
    log,
    metrics,
    replaced: (all) => {
      const fresh = store.replace(all);
      log.info('SecretPolicies read', { policies: all.length, changed: fresh.length });
      for (const verdict of fresh) if (verdict.problems.length > 0) tell(verdict, log);
      settled();
    },
    changed: (one) => {
      const verdict = store.put(one);
      if (verdict !== undefined) tell(verdict, log);
      settled();
    },
    removed: ({ name }) => {
      store.remove(name);
      log.info('SecretPolicy removed', { policy: name });
      settled();
    },
  });
  const labels = follow(cluster, NAMESPACES, {
    resource: 'namespaces',
    log,
    metrics,
    replaced: (all) => {
      for (const { name, labels } of all) relabelled(name, labels);
      namespaces.replace(new Map(all.map(({ name, labels }) => [name, labels])));
    },
    changed: ({ name, labels }) => {
      relabelled(name, labels);
      namespaces.set(name, labels);
    },
    removed: ({ name }) => namespaces.delete(name),
  });

  let regime = { policies: store.policies() };
  function relabelled(name: string, labels: ReadonlyMap<string, string>): void {
    const before = namespaces.get(name);
    if (before === undefined || isSame(before, labels) || !asksForLabels(store.policies())) return;
    regime = { policies: store.policies() };
  }

  return {
    current: store.policies,
    inForce: () => {
      if (regime.policies !== store.policies()) regime = { policies: store.policies() };
      return regime;
    },
    labelsOf: namespaces.get,
    acquainted: (namespace) => {
      if (namespaces.get(namespace) !== undefined || !asksForLabels(store.policies())) return undefined;
      return namespaces.appears(namespace, sleep(PATIENCE, undefined, { ref: false }));
    },
    ailing: () => unread(policies) ?? unread(labels),
    start: () => {
      const stopCounting = countAgain(() => store.policies().policies, metrics);
      statuses?.start();
      policies.start(stop.signal);
      labels.start(stop.signal);
      return () => {
        stopCounting();
        stop.abort();
      };
    },
  };
}

/** What comes in one piece, a hundred policies of one apply, is one change: an index takes longer than a policy. */
function onceATurn(act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      act();
    });
  };
}

const isSame = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);

const asksForLabels = ({ policies }: PolicySet): boolean =>
  policies.some(({ match }) => match.namespaceSelector !== undefined);

const unread = ({ isRead, what, trouble }: Followed): string | undefined =>
  isRead() ? undefined : `${what} have not been read yet${trouble() === undefined ? '' : `: ${trouble()}`}`;

function tell({ stored: { name, generation }, problems, policy }: Verdict<StoredPolicy>, log: Log): void {
  if (problems.length === 0) {
    log.info('SecretPolicy in force', { policy: name, generation });
    return;
  }
  log.warn('SecretPolicy can not be used', {
    policy: name,
    generation,
    faults: problems.map(problemText),
    inForce: policy === undefined ? 'no version of it' : 'its last good version',
  });
}
