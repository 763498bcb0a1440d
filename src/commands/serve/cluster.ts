import { access } from 'node:fs/promises';
import type { PodConfig } from '../../config.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import type { Log } from '../../log.ts';

/** The path at which the kubelet mounts the token of a pod's ServiceAccount. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The cluster of the kubeconfig, or the one in which this pod runs. Throws a LockstepError if the kubeconfig can't be
 * used.
 */
export async function openCluster({ kubeconfig, inPod }: PodConfig, log: Log): Promise<Cluster | undefined> {
  if (kubeconfig !== undefined) return connect({ kubeconfig });
  if (!inPod) return undefined;
  const hasToken = await access(TOKEN_PATH).then(
    () => true,
    () => false,
  );
  if (hasToken) return connect({});
  log.warn(
    'this pod has no token: policies come from files only, and no client trusts a certificate made here',
    {
      expected: TOKEN_PATH,
    },
  );
  return undefined;
}
