import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { openPolicyEngine, type PolicyEngine } from '../manifests/policy-engine.ts';
import type { ClusterCheckOptions } from './cluster-policy-engine.ts';

const usesCluster = ({ context, kubeconfig }: ClusterCheckOptions): boolean =>
  context !== undefined || kubeconfig !== undefined;

/** As for `kubectl apply`, the context has the namespace of a manifest that names none. */
export async function withCurrentNamespace<Options extends ClusterCheckOptions & ManifestOptions>(
  options: Options,
): Promise<Options> {
  if (!usesCluster(options) || options.namespace !== undefined) return options;
  const { readCurrentNamespace } = await import('../../kube/client/kubeconfig.ts');
  return { ...options, namespace: readCurrentNamespace(options) };
}

/** The client of a cluster takes long to load. */
export async function openEngine(
  options: ClusterCheckOptions & ManifestOptions,
  shell: Shell,
): Promise<PolicyEngine> {
  if (!usesCluster(options)) return await openPolicyEngine(options, shell);
  const { openClusterPolicyEngine } = await import('./cluster-policy-engine.ts');
  return await openClusterPolicyEngine(options, shell);
}
