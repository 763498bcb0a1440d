import type { Policy } from '../../engine/policy/policy.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readNamespace, readNamespaceLabels } from '../../kube/objects/namespaces.ts';

export type Labels = (namespace: string) => ReadonlyMap<string, string> | undefined;

/** Those of all namespaces take one more right: asked for only where a policy looks at them. One namespace must be there. Throws LockstepError. */
export async function labelsFor(
  policies: readonly Policy[],
  namespace: string | undefined,
  cluster: Cluster,
  reading: ListOptions,
): Promise<Labels> {
  if (namespace !== undefined) {
    const labels = await readNamespace(cluster, namespace);
    return () => labels;
  }
  if (policies.every(({ match }) => match.namespaceSelector === undefined)) return () => undefined;
  const labels = await readNamespaceLabels(cluster, reading);
  return (name) => labels.get(name);
}
