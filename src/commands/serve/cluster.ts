import { access } from 'node:fs/promises';
import type { PodConfig } from '../../config/config.ts';
import type { Environment } from '../../config/variables.ts';
import { type Cluster, connectAsServiceAccount, connectWithLogin } from '../../kube/client/connect.ts';
import { TOKEN_PATH } from '../../kube/client/service-account.ts';
import type { Log } from '../../log.ts';

/**
 * The cluster of the kubeconfig, or the one in which this pod runs. Throws a LockstepError if the kubeconfig can't be
 * used.
 */
export async function openCluster(
  { kubeconfig, inPod }: PodConfig,
  environment: Environment,
  log: Log,
): Promise<Cluster | undefined> {
  if (kubeconfig !== undefined) return connectWithLogin({ kubeconfig });
  if (!inPod) return undefined;
  const hasToken = await access(TOKEN_PATH).then(
    () => true,
    () => false,
  );
  if (hasToken) return connectAsServiceAccount({ environment });
  log.warn(
    'this pod has no token: policies come from files only, and no client trusts a certificate made here',
    {
      expected: TOKEN_PATH,
    },
  );
  return undefined;
}
