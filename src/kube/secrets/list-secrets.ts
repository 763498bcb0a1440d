import type { UnreadSecret } from '../../engine/audit/audit.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { Oversized } from '../client/oversized-object.ts';
import { type StoredSecret, storedOf } from './stored-secrets.ts';

/** What nobody judges and there is most of: a release of Helm is up to 1 MB, and it keeps ten of each. */
const UNREAD = [
  'type!=helm.sh/release.v1',
  'type!=kubernetes.io/service-account-token',
  'type!=bootstrap.kubernetes.io/token',
  'type!=lockstep.dev/record',
].join(',');

/**
 * The Secrets of a namespace, or of the cluster, as the engine sees them, one after the other, namespace by namespace; of one that is too large to be
 * read the name alone. Throws LockstepError.
 */
export async function* readSecrets(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): AsyncGenerator<Secret | UnreadSecret> {
  const listed =
    namespace === undefined
      ? { path: '/api/v1/secrets', what: 'secrets in all namespaces' }
      : {
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`,
          what: `secrets in namespace ${namespace}`,
        };
  const unread: UnreadSecret[] = [];
  const onOversized = (oversized: Oversized): void => {
    unread.push({ unread: oversized });
  };
  for await (const item of list(cluster, { ...listed, fieldSelector: UNREAD }, { ...options, onOversized })) {
    yield* unread.splice(0);
    yield storedOf(item).secret;
  }
  yield* unread;
}

/** Those of all namespaces but some. Throws LockstepError. */
export async function* readStoredSecrets(
  cluster: Cluster,
  without: readonly string[],
  options: ListOptions = {},
): AsyncGenerator<StoredSecret> {
  const listed = {
    path: '/api/v1/secrets',
    what: 'secrets in all namespaces',
    fieldSelector: [UNREAD, ...notIn(without)].join(','),
  };
  for await (const item of list(cluster, listed, options)) yield storedOf(item);
}

/** Field selectors that leave these namespaces out, so that what is in them is not even sent. */
export const notIn = (namespaces: readonly string[]): readonly string[] =>
  namespaces.map((name) => `metadata.namespace!=${name}`);
