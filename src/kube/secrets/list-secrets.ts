import type { UnreadableSecret } from '../../engine/audit/audit.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { OversizedObject } from '../client/oversized-object.ts';
import { type StoredSecret, storedSecretOf } from './stored-secrets.ts';

/** What nobody judges and there is most of: a release of Helm is up to 1 MB, and it keeps ten of each. */
const EXCLUDED_TYPES = [
  'type!=helm.sh/release.v1',
  'type!=kubernetes.io/service-account-token',
  'type!=bootstrap.kubernetes.io/token',
  'type!=lockstep.dev/record',
].join(',');

/**
 * The Secrets of a namespace, or of the cluster, as the engine sees them, one after the other, namespace by namespace; of one that is too large to be
 * read the name alone. Throws LockstepError.
 */
export async function* listSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<Secret | UnreadableSecret> {
  const target =
    namespace === undefined
      ? { path: '/api/v1/secrets', what: 'secrets in all namespaces' }
      : {
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
          what: `secrets in namespace ${namespace}`,
        };
  const unread: UnreadableSecret[] = [];
  const onOversized = (oversized: OversizedObject): void => {
    unread.push({ unread: oversized });
  };
  for await (const item of list(
    cluster,
    { ...target, fieldSelector: EXCLUDED_TYPES },
    { ...options, onOversized },
  )) {
    yield* unread.splice(0);
    yield storedSecretOf(item).secret;
  }
  yield* unread;
}

/** Those of all namespaces but some. Throws LockstepError. */
export async function* listStoredSecrets(
  cluster: Cluster,
  excludedNamespaces: readonly string[],
  options: ListOptions = {},
): AsyncGenerator<StoredSecret> {
  const target = {
    path: '/api/v1/secrets',
    what: 'secrets in all namespaces',
    fieldSelector: [EXCLUDED_TYPES, ...excludeNamespaces(excludedNamespaces)].join(','),
  };
  for await (const item of list(cluster, target, options)) yield storedSecretOf(item);
}

/** Field selectors that leave these namespaces out, so that what is in them is not even sent. */
export const excludeNamespaces = (namespaces: readonly string[]): readonly string[] =>
  namespaces.map((name) => `metadata.namespace!=${name}`);
