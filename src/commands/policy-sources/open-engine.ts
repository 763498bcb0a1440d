import { namesCluster, type PolicyClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { openPolicyEngine, type PolicyEngine } from '../manifests/policy-engine.ts';

type EngineOptions = PolicyClusterOptions & Pick<ManifestOptions, 'policy' | 'builtin' | 'allowReferences'>;

/** As for `kubectl apply`, the context has the namespace of a manifest that names none. */
export async function withCurrentNamespace<
  Options extends PolicyClusterOptions & { readonly namespace?: string | undefined },
>(options: Options, { env }: Pick<Shell, 'env'>): Promise<Options> {
  if (!namesCluster(options) || options.namespace !== undefined) return options;
  const { readCurrentNamespace } = await import('../../kube/client/kubeconfig.ts');
  return { ...options, namespace: readCurrentNamespace({ ...options, env }) };
}

/** The client of a cluster takes long to load. */
export async function openEngine(
  options: EngineOptions,
  shell: Pick<Shell, 'root' | 'stderr' | 'env' | 'cpu'>,
): Promise<PolicyEngine> {
  if (!namesCluster(options)) return await openPolicyEngine(options, shell);
  const { openClusterPolicyEngine } = await import('./cluster-policy-engine.ts');
  return await openClusterPolicyEngine(options, shell);
}
