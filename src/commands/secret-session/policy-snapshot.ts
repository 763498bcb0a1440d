import type { EngineContext } from '../../engine/evaluation/decision.ts';
import { type PolicySet, policySet } from '../../engine/policy/set.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Shell } from '../cli/shell.ts';
import { printProblems, readClusterPolicies } from '../policy-sources/cluster-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../policy-sources/namespace-labels.ts';

/** The policies of the cluster and the settings of its installation, read once. */
export interface PolicySnapshot {
  readonly policies: PolicySet;
  readonly labelsOf: LabelsLookup;
  readonly context: EngineContext;
}

/** Reads them for one namespace. Throws LockstepError. */
export async function readPolicySnapshot(
  cluster: Cluster,
  { namespace, lockstepNamespace }: { readonly namespace: string; readonly lockstepNamespace: string },
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<PolicySnapshot> {
  const { policies, problems, context } = await readClusterPolicies(
    cluster,
    { policy: [], builtin: true, lockstepNamespace, isOptional: true },
    shell,
  );
  printProblems(problems, shell);
  const set = policySet(policies.map(({ policy }) => policy));
  const needsLabels = set.policies.some(({ match }) => match.namespaceSelector !== undefined);
  return {
    policies: set,
    labelsOf: needsLabels ? await readLabelsFor(set.policies, namespace, cluster, {}) : () => undefined,
    context,
  };
}
