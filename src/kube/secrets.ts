import type { Secret } from '../engine/secret.ts';
import type { Cluster } from './connect.ts';
import { type ListOptions, list } from './list.ts';
import { type StoredSecret, storedOf } from './stored-secrets.ts';

/** What nobody judges and there is most of: a release of Helm is up to 1 MB, and it keeps ten of each. */
const UNREAD = 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=lockstep.dev/record';

/** As `readStoredSecrets`, of each what the engine sees. */
export async function* readSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<Secret> {
  for await (const { secret } of readStoredSecrets(cluster, namespace, options)) yield secret;
}

/** The Secrets of a namespace, or of the cluster, one after the other, namespace by namespace. Throws LockstepError. */
export async function* readStoredSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<StoredSecret> {
  const listed =
    namespace === undefined
      ? { path: '/api/v1/secrets', what: 'secrets in all namespaces' }
      : {
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
          what: `secrets in namespace ${namespace}`,
        };
  for await (const item of list(cluster, { ...listed, fieldSelector: UNREAD }, options)) yield storedOf(item);
}
