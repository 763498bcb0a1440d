import type { EngineContext } from '../../engine/evaluation/decision.ts';
import type { Action } from '../../engine/finding/finding.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readSecretPolicies } from '../../kube/objects/secret-policies.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { Shell } from '../cli/shell.ts';
import { readKnownOptions } from '../policy-sources/installed-options.ts';
import {
  type AuditPolicyOptions,
  type MergedPolicies,
  mergePolicies,
} from '../policy-sources/merged-policies.ts';
import { type LabelsLookup, readLabelsFor } from '../policy-sources/namespace-labels.ts';

/** The policies of the cluster and of the files, within the limits of the installation. */
export interface AuditPolicies extends MergedPolicies {
  readonly labels: LabelsLookup;
  readonly context: EngineContext;
}

interface PolicyOptions extends AuditPolicyOptions {
  readonly lockstepNamespace: string;
  readonly maxAction?: Action;
}

interface PolicyScope {
  readonly cluster: Cluster;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly listOptions: ListOptions;
}

/** `--max-action` replaces the limit of the installation, and nothing else of it. Throws LockstepError. */
export async function readAuditPolicies(
  { cluster, namespace, listOptions }: PolicyScope,
  options: PolicyOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'cpu'>,
): Promise<AuditPolicies> {
  const { lockstepNamespace, maxAction: limit } = options;
  const stored = await readSecretPolicies(cluster, listOptions);
  const { maxAction, noBuiltin, excludedNamespaces } = await readKnownOptions(
    cluster,
    lockstepNamespace,
    shell,
    { isOptional: true, ...(limit === undefined ? {} : { maxAction: limit }) },
  );
  const merged = await mergePolicies(stored, { ...options, noBuiltin }, shell);
  const policies = merged.policies.map(({ policy }) => policy);
  return {
    ...merged,
    labels: await readLabelsFor(policies, namespace, cluster, listOptions),
    context: {
      ...cliContext(shell),
      ownNamespace: lockstepNamespace,
      excludedNamespaces: new Set(excludedNamespaces),
      maxAction,
    },
  };
}
