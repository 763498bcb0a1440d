import type { Policy } from '../../engine/policy/policy.ts';
import { connect } from '../../kube/client/connect.ts';
import { printable } from '../../report/printable.ts';
import { OWN_NAMESPACE } from '../cli/cli-context.ts';
import type { PolicyClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { type PolicyEngine, policyEngineOf } from '../manifests/policy-engine.ts';
import { printProblems, readClusterPolicies } from './cluster-policies.ts';
import { type LabelsLookup, readLabelsFor } from './namespace-labels.ts';

type Options = PolicyClusterOptions & Pick<ManifestOptions, 'policy' | 'builtin' | 'allowReferences'>;

/**
 * The engine with the policies of a cluster, as its webhook runs them. Its SecretPolicies replace built-in ones of
 * their names, and the limits of the installation apply. A file of `--policy` replaces the policy of its name, to try
 * it. Throws a LockstepError that names a missing right.
 */
export async function openClusterPolicyEngine(
  options: Options,
  shell: Pick<Shell, 'root' | 'stderr' | 'env' | 'cpu'>,
): Promise<PolicyEngine> {
  const { lockstepNamespace = OWN_NAMESPACE, allowReferences = false } = options;
  const cluster = connect({ ...options, env: shell.env });
  const {
    policies: merged,
    problems,
    context,
  } = await readClusterPolicies(cluster, { ...options, lockstepNamespace }, shell);
  printProblems(problems, shell);
  const policies = merged.map(({ policy }) => policy);
  const localPolicies = merged.filter(({ source }) => source !== 'cluster').map(({ policy }) => policy);
  const labels = await readLabelsFor(policies, undefined, cluster, {});
  shell.stderr.write(
    `lockstep: decides as ${cluster.server} does, by ${policies.length - localPolicies.length} SecretPolicies of the cluster and ${localPolicies.length} other policies, with maximum action ${context.maxAction}\n`,
  );
  const labelsOf = warnOfUnknownNamespaces(labels, policies, shell);
  return policyEngineOf({ policies, localPolicies, allowReferences, context, labelsOf });
}

/** A namespace that this run creates has no labels in the cluster yet. */
function warnOfUnknownNamespaces(
  labels: LabelsLookup,
  policies: readonly Policy[],
  { stderr }: Pick<Shell, 'stderr'>,
): LabelsLookup {
  if (policies.every(({ match }) => match.namespaceSelector === undefined)) return labels;
  const warned = new Set<string>();
  return (namespace) => {
    const known = labels(namespace);
    if (known === undefined && !warned.has(namespace)) {
      warned.add(namespace);
      stderr.write(
        `lockstep: the cluster has no namespace ${printable(namespace)}, so that no policy selects it by labels\n`,
      );
    }
    return known;
  };
}
