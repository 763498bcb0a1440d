import type { Policy } from '../../engine/policy/policy.ts';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { Shell } from '../cli/shell.ts';
import { printProblems, readClusterPolicies } from '../policy-sources/cluster-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../policy-sources/namespace-labels.ts';
import type { PolicyFileOptions } from '../policy-sources/sourced-policies.ts';

/** The policies of the cluster and the settings of its installation, read once. */
export interface PolicySnapshot {
  readonly policies: readonly Policy[];
  readonly labelsOf: LabelsLookup;
  readonly context: EngineContext;
}

interface SnapshotOptions extends Partial<PolicyFileOptions> {
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly lockstepNamespace: string;
  readonly maxAction?: Action;
  /** An absent namespace is an error. Otherwise it is read only if a policy selects by labels. */
  readonly mustExist?: boolean;
}

/** Reads them for one namespace or all. Throws LockstepError. */
export async function readPolicySnapshot(
  cluster: Cluster,
  { namespace, mustExist = false, ...options }: SnapshotOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<PolicySnapshot> {
  const { policies, problems, context } = await readClusterPolicies(
    cluster,
    { policy: [], builtin: true, ...options, isOptional: true },
    shell,
  );
  printProblems(problems, shell);
  const compiled = policies.map(({ policy }) => policy);
  const needsLabels = mustExist || compiled.some(({ match }) => match.namespaceSelector !== undefined);
  return {
    policies: compiled,
    labelsOf: needsLabels ? await readLabelsFor(compiled, namespace, cluster, {}) : () => undefined,
    context,
  };
}
