import type { EngineContext } from '../../engine/evaluation/decision.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Shell } from '../cli/shell.ts';
import { printProblems, readClusterPolicies } from '../policy-sources/cluster-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../policy-sources/namespace-labels.ts';

/** The policies of the cluster and the settings of its installation, read once. */
export interface PolicySnapshot {
  readonly policies: readonly Policy[];
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
  const compiled = policies.map(({ policy }) => policy);
  const needsLabels = compiled.some(({ match }) => match.namespaceSelector !== undefined);
  return {
    policies: compiled,
    labelsOf: needsLabels ? await readLabelsFor(compiled, namespace, cluster, {}) : () => undefined,
    context,
  };
}
