import type { UnreadableSecret } from '../../engine/diagnosis/audit/audit.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { OversizedObject } from '../client/oversized-object.ts';
import { type StoredSecret, secretsPath, storedSecretOf } from './stored-secrets.ts';

/**
 * The most frequent type that lockstep does not validate. A release of Helm is up to 1 MB, and Helm keeps ten of each.
 */
const EXCLUDED_TYPES = [
  'type!=helm.sh/release.v1',
  'type!=kubernetes.io/service-account-token',
  'type!=bootstrap.kubernetes.io/token',
  'type!=lockstep.dev/record',
].join(',');

export interface SecretScope {
  /** Undefined for all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/**
 * The Secrets of a namespace or of the cluster, one at a time, ordered by namespace. For a Secret that is too large to
 * read, the result holds only the name. Throws LockstepError.
 */
export async function* listSecrets(
  cluster: Cluster,
  scope: SecretScope,
  options: ListOptions = {},
): AsyncGenerator<Secret | UnreadableSecret> {
  for await (const one of listWrittenSecrets(cluster, scope, options))
    yield 'unread' in one ? one : one.secret;
}

/** The same, with the writers of each Secret. */
export async function* listWrittenSecrets(
  cluster: Cluster,
  { namespace, labelSelector }: SecretScope,
  options: ListOptions = {},
): AsyncGenerator<StoredSecret | UnreadableSecret> {
  const unread: UnreadableSecret[] = [];
  const onOversized = (oversized: OversizedObject): void => {
    unread.push({ unread: oversized });
  };
  for await (const item of list(
    cluster,
    {
      ...secretsIn(namespace),
      fieldSelector: EXCLUDED_TYPES,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    },
    { ...options, onOversized },
  )) {
    yield* unread.splice(0);
    yield storedSecretOf(item);
  }
  yield* unread;
}

/** The Secrets of all other namespaces. Throws LockstepError. */
export async function* listStoredSecrets(
  cluster: Cluster,
  excludedNamespaces: readonly string[],
  options: ListOptions = {},
): AsyncGenerator<StoredSecret> {
  const target = {
    ...secretsIn(undefined),
    fieldSelector: [EXCLUDED_TYPES, ...excludeNamespaces(excludedNamespaces)].join(','),
  };
  for await (const item of list(cluster, target, options)) yield storedSecretOf(item);
}

/** The Secrets of a namespace, or of all, for `list`. */
export const secretsIn = (namespace: string | undefined) => ({
  path: secretsPath(namespace),
  what: namespace === undefined ? 'secrets in all namespaces' : `secrets in namespace ${namespace}`,
});

/** Field selectors that exclude these namespaces, so that the API server does not send their Secrets. */
export const excludeNamespaces = (namespaces: readonly string[]): readonly string[] =>
  namespaces.map((name) => `metadata.namespace!=${name}`);
