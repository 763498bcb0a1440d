import { type ProvenRoles, withProvenRoles } from '../../engine/credential/change/allowed-roles.ts';
import type { CredentialStatus } from '../../engine/credential/status/status.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { WatchTarget } from '../client/watch.ts';

const GROUP = '/apis/lockstep.dev/v1alpha1';
const RESOURCE = 'postgrescredentials.lockstep.dev';

/** A PostgresCredential as the API server holds it. */
export interface CredentialResource {
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
export const POSTGRES_CREDENTIALS: WatchTarget<CredentialResource> = {
  path: `${GROUP}/postgrescredentials`,
  what: RESOURCE,
  isOptional: true,
  parse: credentialResourceOf,
};

function credentialResourceOf(object: unknown): CredentialResource {
  const { metadata, status } = object as CredentialObject;
  const { namespace, name, uid, resourceVersion, finalizers = [], deletionTimestamp } = metadata;
  const deletedAt = deletionTimestamp === undefined ? undefined : new Date(deletionTimestamp);
  const document = withoutUnusedMetadata(object as CredentialObject);
  return { namespace, name, uid, resourceVersion, document, status, finalizers, deletedAt };
}

/** All of them are kept in memory, and each can have 1 MB of what nobody reads of it. */
function withoutUnusedMetadata({ metadata, ...rest }: CredentialObject): object {
  const { annotations: _, labels: __, managedFields: ___, ownerReferences: ____, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

interface CredentialObject {
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
): Promise<readonly CredentialResource[]> {
  const credentials: CredentialResource[] = [];
  const path = collectionPath(namespace);
  for await (const item of list(cluster, { path, what: RESOURCE, isOptional: true }, options))
    credentials.push(credentialResourceOf(item));
  return credentials;
}

type CredentialIdentity = Pick<CredentialResource, 'namespace' | 'name' | 'uid'>;

/** Replaces the status. CLUSTER_CONFLICT where it is no longer the one that was read: the status is that of this one. */
export const writeCredentialStatus = (
  cluster: Cluster,
  credential: CredentialIdentity & Pick<CredentialResource, 'resourceVersion'>,
  status: CredentialStatus,
  fieldManager: FieldManager,
): Promise<CredentialResource | undefined> => {
  const metadata = { uid: credential.uid, resourceVersion: credential.resourceVersion };
  return patchCredential(cluster, credential, {
    part: 'status',
    body: { metadata, status: withNullsForUndefined(status) },
    fieldManager,
  });
};

/** Keeps in the status which roles a login has proven. Other fields stay. CLUSTER_CONFLICT where another one has its name. */
export const writeProvenRoles = (
  cluster: Cluster,
  credential: CredentialIdentity,
  proven: ProvenRoles,
  fieldManager: FieldManager,
): Promise<CredentialResource | undefined> =>
  patchCredential(cluster, credential, {
    part: 'status',
    body: { metadata: { uid: credential.uid }, status: withProvenRoles(undefined, proven) },
    fieldManager,
  });

/** Replaces its finalizers. CLUSTER_CONFLICT where it is no longer the one that was read. */
export const writeFinalizers = (
  cluster: Cluster,
  credential: CredentialIdentity & Pick<CredentialResource, 'resourceVersion'>,
  finalizers: readonly string[],
  fieldManager: FieldManager,
): Promise<CredentialResource | undefined> => {
  const { uid, resourceVersion } = credential;
  return patchCredential(cluster, credential, {
    part: 'finalizers',
    body: { metadata: { uid, resourceVersion, finalizers } },
    fieldManager,
  });
};

interface CredentialPatch {
  /** The status is a resource of its own. */
  readonly part: 'status' | 'finalizers';
  readonly body: object;
  /** The field manager. */
  readonly fieldManager: FieldManager;
}

/** Resolves with the object as it then is; undefined where it is gone. Throws LockstepError. */
async function patchCredential(
  { server, call }: Cluster,
  { namespace, name }: CredentialIdentity,
  { part, body, fieldManager }: CredentialPatch,
): Promise<CredentialResource | undefined> {
  const path = `${collectionPath(namespace)}/${encodeURIComponent(name)}`;
  const action = `writing the ${part} of PostgresCredential ${namespace}/${name}`;
  const response = await callApiIfFound(server, action, () =>
    call({
      method: 'PATCH',
      path: part === 'status' ? `${path}/status` : path,
      query: { fieldManager: fieldManager },
      body,
      contentType: 'application/merge-patch+json',
    }),
  );
  return response === undefined ? undefined : credentialResourceOf(response.object);
}

/** In a merge patch a field that is left out stays as it is. */
const withNullsForUndefined = (status: CredentialStatus): object =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, value ?? null]));

const collectionPath = (namespace: string): string =>
  `${GROUP}/namespaces/${encodeURIComponent(namespace)}/postgrescredentials`;
