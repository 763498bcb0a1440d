import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { ServiceAccountPod } from '../../../src/kube/client/service-account.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** A kubeconfig of a new ServiceAccount with these rights in all namespaces, once the API server knows them. */
export async function userWithRules(cluster: Cluster, name: string, rules: readonly Rule[]): Promise<string> {
  const group = 'rbac.authorization.k8s.io';
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'default' } },
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
    },
  ];
  const input = { apiVersion: 'v1', kind: 'List', items };
  await cluster.apply(input, '--server-side');
  const known = rules.find(({ resourceNames }) => resourceNames === undefined);
  if (known !== undefined) {
    const {
      apiGroups: [apiGroup = ''] = [],
      resources: [resource = ''],
      verbs: [verb = ''],
    } = known;
    const asked = `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}`;
    const args = ['auth', 'can-i', verb, asked, '-A', `--as=system:serviceaccount:default:${name}`];
    await until(`${name} may ${verb} ${asked}`, [], async () => (await cluster.kubectl(args)).exitCode === 0);
  }
  return cluster.serviceAccountKubeconfig('default', name);
}

/** The parts of a pod with this ServiceAccount: the files that the kubelet would mount, and the environment. */
export async function serviceAccountPod(
  t: Test,
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Required<ServiceAccountPod>> {
  const path = await cluster.serviceAccountKubeconfig(namespace, name);
  const { clusters, users } = JSON.parse(readFileSync(path, 'utf8'));
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const { hostname, port } = new URL(server);
  return {
    environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    folder: t.testdir({ token: users[0].user.token, 'ca.crt': Buffer.from(ca, 'base64').toString('utf8') }),
  };
}
