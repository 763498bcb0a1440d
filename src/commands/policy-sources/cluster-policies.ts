import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import { printable } from '../../report/printable.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { readKnownOptions } from './installed-options.ts';
import { type MergedPolicies, mergePolicies, type PolicyFileOptions } from './sourced-policies.ts';

/** The policies of a cluster and of the files, within the settings of the installation. */
export interface ClusterPolicies extends MergedPolicies {
  readonly context: EngineContext;
}

interface ClusterPolicyOptions extends PolicyFileOptions {
  readonly lockstepNamespace: string;
  /** Replaces the limit of the installation, and nothing else of it. */
  readonly maxAction?: Action;
  /** The command makes sense without an installation too. */
  readonly isOptional?: boolean;
}

/** The one way in which a command decides as the pods do. Prints which settings are unknown. Throws LockstepError. */
export async function readClusterPolicies(
  cluster: Cluster,
  { isOptional = false, ...options }: ClusterPolicyOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
  listOptions: ListOptions = {},
): Promise<ClusterPolicies> {
  const { lockstepNamespace, maxAction: limit } = options;
  const stored = await readSecretPolicies(cluster, listOptions);
  const { maxAction, noBuiltin, excludedNamespaces } = await readKnownOptions(
    cluster,
    lockstepNamespace,
    shell,
    { isOptional, ...(limit === undefined ? {} : { maxAction: limit }) },
  );
  return {
    ...mergePolicies(stored, { ...options, noBuiltin }, shell),
    context: {
      ...cliContext(shell),
      ownNamespace: lockstepNamespace,
      excludedNamespaces: new Set(excludedNamespaces),
      maxAction,
    },
  };
}

export function printProblems(problems: readonly string[], { stderr }: Pick<Shell, 'stderr'>): void {
  for (const problem of problems) stderr.write(`lockstep: ${printable(problem)}\n`);
}
