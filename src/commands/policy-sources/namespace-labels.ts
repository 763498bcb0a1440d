import type { Policy } from '../../engine/policy/policy.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readLabelsOfNamespace, readNamespaceLabels } from '../../kube/objects/namespaces.ts';

export type LabelsLookup = (namespace: string) => ReadonlyMap<string, string> | undefined;

/**
 * Reads all namespaces only if a policy selects by their labels, because that needs an additional right. A single
 * namespace must exist. Throws LockstepError.
 */
export async function readLabelsFor(
  policies: readonly Policy[],
  namespace: string | undefined,
  cluster: Cluster,
  listOptions: ListOptions,
): Promise<LabelsLookup> {
  if (namespace !== undefined) {
    const labels = await readLabelsOfNamespace(cluster, namespace);
    return () => labels;
  }
  if (policies.every(({ match }) => match.namespaceSelector === undefined)) return () => undefined;
  const labels = await readNamespaceLabels(cluster, listOptions);
  return (name) => labels.get(name);
}
