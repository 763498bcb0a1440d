import { type PolicySet, policySet } from '../../engine/policy/set.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import type { Shell } from '../cli/shell.ts';
import { gatherPolicies } from './merged-policies.ts';
import { type Labels, labelsFor } from './namespace-labels.ts';

/** What judges a Secret of the cluster, read once. */
export interface ClusterEngine {
  readonly policies: PolicySet;
  readonly labelsOf: Labels;
}

/** For one namespace. Throws LockstepError. */
export async function readClusterEngine(
  cluster: Cluster,
  namespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<ClusterEngine> {
  const stored = await readSecretPolicies(cluster);
  const gathered = await gatherPolicies(stored, { policy: [], builtin: true }, shell);
  for (const problem of gathered.problems) shell.stderr.write(`lockstep: ${problem}\n`);
  const policies = gathered.policies.map(({ policy }) => policy);
  const needsLabels = policies.some(({ match }) => match.namespaceSelector !== undefined);
  return {
    policies: policySet(policies),
    labelsOf: needsLabels ? await labelsFor(policies, namespace, cluster, {}) : () => undefined,
  };
}
