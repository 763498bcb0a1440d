import { access } from 'node:fs/promises';
import type { PodConfig } from '../../config.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import type { Log } from '../../log.ts';

/** Where the kubelet puts the token of a pod's ServiceAccount. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** The cluster that lockstep serves, if it is told one or runs in one. Throws a LockstepError where the kubeconfig can't be used. */
export async function openCluster({ kubeconfig, inPod }: PodConfig, log: Log): Promise<Cluster | undefined> {
  if (kubeconfig !== undefined) return connect({ kubeconfig });
  if (!inPod) return undefined;
  const hasToken = await access(TOKEN_PATH).then(
    () => true,
    () => false,
  );
  if (hasToken) return connect({});
  log.warn(
    'this pod has no token: policies come from files only, and nobody trusts a certificate made here',
    {
      expected: TOKEN_PATH,
    },
  );
  return undefined;
}
