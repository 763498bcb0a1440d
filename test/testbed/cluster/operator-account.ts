import type { Cluster } from './cluster.ts';

/**
 * A namespace and a ServiceAccount for an operator. The charts give fewer rights; what is tested is not those. Returns
 * the path of a kubeconfig.
 */
export async function operatorAccount(cluster: Cluster, name: string): Promise<string> {
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: name } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: name }],
    },
  ];
  const input = { apiVersion: 'v1', kind: 'List', items };
  await cluster.apply(input);
  return cluster.serviceAccountKubeconfig(name, name);
}
