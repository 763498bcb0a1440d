import { type PolicySet, policySet } from '../../engine/policy/set.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import type { Shell } from '../cli/shell.ts';
import { mergePolicies } from '../policy-sources/merged-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../policy-sources/namespace-labels.ts';

/** The policies of the cluster, read once. */
export interface PolicySnapshot {
  readonly policies: PolicySet;
  readonly labelsOf: LabelsLookup;
}

/** Reads them for one namespace. Throws LockstepError. */
export async function readPolicySnapshot(
  cluster: Cluster,
  namespace: string,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<PolicySnapshot> {
  const stored = await readSecretPolicies(cluster);
  const merged = await mergePolicies(stored, { policy: [], builtin: true }, shell);
  for (const problem of merged.problems) shell.stderr.write(`lockstep: ${problem}\n`);
  const policies = merged.policies.map(({ policy }) => policy);
  const needsLabels = policies.some(({ match }) => match.namespaceSelector !== undefined);
  return {
    policies: policySet(policies),
    labelsOf: needsLabels ? await readLabelsFor(policies, namespace, cluster, {}) : () => undefined,
  };
}
