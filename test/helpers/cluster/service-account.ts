import { readFileSync } from 'node:fs';
import type { Test } from 'tap';
import type { ServiceAccountPod } from '../../../src/kube/client/service-account.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';

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
