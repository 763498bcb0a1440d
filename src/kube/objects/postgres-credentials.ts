import { type ProvenRoles, withProven } from '../../engine/credential/change/allowed-roles.ts';
import type { CredentialStatus } from '../../engine/credential/status/status.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { askFor } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { Watched } from '../client/watch.ts';

const GROUP = '/apis/lockstep.dev/v1alpha1';
const WHAT = 'postgrescredentials.lockstep.dev';

/** A PostgresCredential as the API server holds it. */
export interface StoredCredential {
  readonly namespace: string;
  readonly name: string;
  /** Of one that was deleted and made again it is another. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** As parsed; nobody has checked it. */
  readonly document: unknown;
  readonly status: unknown;
  readonly finalizers: readonly string[];
  /** Undefined: it is not being deleted. */
  readonly deletedAt: Date | undefined;
}

/** All PostgresCredentials, for `watch`. Where their CRD is not installed there are none, and it goes on looking for them. */
export const POSTGRES_CREDENTIALS: Watched<StoredCredential> = {
  path: `${GROUP}/postgrescredentials`,
  what: WHAT,
  isOptional: true,
  keep: storedOf,
};

function storedOf(object: unknown): StoredCredential {
  const { metadata, status } = object as Stored;
  const { namespace, name, uid, resourceVersion, finalizers = [], deletionTimestamp } = metadata;
  const deletedAt = deletionTimestamp === undefined ? undefined : new Date(deletionTimestamp);
  const document = withoutRest(object as Stored);
  return { namespace, name, uid, resourceVersion, document, status, finalizers, deletedAt };
}

/** All of them are kept in memory, and each can have 1 MB of what nobody reads of it. */
function withoutRest({ metadata, ...rest }: Stored): object {
  const { annotations: _, labels: __, managedFields: ___, ownerReferences: ____, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

interface Stored {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly annotations?: unknown;
    readonly labels?: unknown;
    readonly managedFields?: unknown;
    readonly ownerReferences?: unknown;
  };
  readonly status?: unknown;
}

/** Those of one namespace; none where their CRD is not installed. Throws LockstepError. */
export async function readPostgresCredentials(
  cluster: Cluster,
  namespace: string,
  options: ListOptions = {},
): Promise<readonly StoredCredential[]> {
  const found: StoredCredential[] = [];
  const path = collectionOf(namespace);
  for await (const item of list(cluster, { path, what: WHAT, isOptional: true }, options))
    found.push(storedOf(item));
  return found;
}

type Named = Pick<StoredCredential, 'namespace' | 'name' | 'uid'>;

/** Replaces the status. CLUSTER_CONFLICT where it is no longer the one that was read: the status is that of this one. */
export const writeCredentialStatus = (
  cluster: Cluster,
  one: Named & Pick<StoredCredential, 'resourceVersion'>,
  status: CredentialStatus,
  manager: FieldManager,
): Promise<StoredCredential | undefined> => {
  const metadata = { uid: one.uid, resourceVersion: one.resourceVersion };
  return patched(cluster, one, { part: 'status', body: { metadata, status: replaced(status) }, manager });
};

/** Keeps in the status which roles a login has proven. Other fields stay. CLUSTER_CONFLICT where another one has its name. */
export const writeProvenRoles = (
  cluster: Cluster,
  one: Named,
  proven: ProvenRoles,
  manager: FieldManager,
): Promise<StoredCredential | undefined> =>
  patched(cluster, one, {
    part: 'status',
    body: { metadata: { uid: one.uid }, status: withProven(undefined, proven) },
    manager,
  });

/** Replaces its finalizers. CLUSTER_CONFLICT where it is no longer the one that was read. */
export const writeFinalizers = (
  cluster: Cluster,
  one: Named & Pick<StoredCredential, 'resourceVersion'>,
  finalizers: readonly string[],
  manager: FieldManager,
): Promise<StoredCredential | undefined> => {
  const { uid, resourceVersion } = one;
  return patched(cluster, one, {
    part: 'finalizers',
    body: { metadata: { uid, resourceVersion, finalizers } },
    manager,
  });
};

interface Patch {
  /** The status is a resource of its own. */
  readonly part: 'status' | 'finalizers';
  readonly body: object;
  /** The field manager. */
  readonly manager: FieldManager;
}

/** Resolves with the object as it then is; undefined where it is gone. Throws LockstepError. */
async function patched(
  { server, call }: Cluster,
  { namespace, name }: Named,
  { part, body, manager }: Patch,
): Promise<StoredCredential | undefined> {
  const path = `${collectionOf(namespace)}/${encodeURIComponent(name)}`;
  const doing = `writing the ${part} of PostgresCredential ${namespace}/${name}`;
  const written = await askFor(server, doing, () =>
    call({
      method: 'PATCH',
      path: part === 'status' ? `${path}/status` : path,
      query: { fieldManager: manager },
      body,
      contentType: 'application/merge-patch+json',
    }),
  );
  return written === undefined ? undefined : storedOf(written.object);
}

/** In a merge patch a field that is left out stays as it is. */
const replaced = (status: CredentialStatus): object =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, value ?? null]));

const collectionOf = (namespace: string): string =>
  `${GROUP}/namespaces/${encodeURIComponent(namespace)}/postgrescredentials`;
