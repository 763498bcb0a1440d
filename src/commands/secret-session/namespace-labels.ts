import type { Policy } from '../../engine/policy/policy.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import type { ListOptions } from '../../kube/client/list.ts';
import { readLabelsOfNamespace, readNamespaceLabels } from '../../kube/objects/namespaces.ts';

export type LabelsLookup = (namespace: string) => ReadonlyMap<string, string> | undefined;

/** Those of all namespaces take one more right: asked for only where a policy looks at them. One namespace must be there. Throws LockstepError. */
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
