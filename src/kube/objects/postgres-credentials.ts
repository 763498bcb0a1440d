import { type ProvenRoles, withProvenRoles } from '../../engine/credential/change/allowed-roles.ts';
import type { CredentialStatus } from '../../engine/credential/status/status.ts';
import { callApiIfFound } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { WatchTarget } from '../client/watch-target.ts';

const GROUP = '/apis/lockstep.dev/v1alpha1';
const RESOURCE = 'postgrescredentials.lockstep.dev';

/** A PostgresCredential as the API server stores it. */
export interface CredentialResource {
  readonly namespace: string;
  readonly name: string;
  /** A credential that was deleted and created again has another uid. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Parsed JSON without validation. */
  readonly document: unknown;
  readonly status: unknown;
  readonly finalizers: readonly string[];
  /** Undefined if it is not being deleted. */
  readonly deletedAt: Date | undefined;
}

/**
 * All PostgresCredentials, for `watch`. If their CRD is not installed, the list is empty, and the watch continues to
 * look for it.
 */
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

/** All credentials stay in memory, and each can have 1 MB of fields that lockstep never reads. */
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

/** The credentials of one namespace, or of all. Empty if their CRD is not installed. Throws LockstepError. */
export async function readPostgresCredentials(
  cluster: Cluster,
  namespace: string | undefined,
  options: ListOptions = {},
): Promise<readonly CredentialResource[]> {
  const credentials: CredentialResource[] = [];
  const path = namespace === undefined ? POSTGRES_CREDENTIALS.path : collectionPath(namespace);
  for await (const item of list(cluster, { path, what: RESOURCE, isOptional: true }, options))
    credentials.push(credentialResourceOf(item));
  return credentials;
}

type CredentialIdentity = Pick<CredentialResource, 'namespace' | 'name' | 'uid'>;

/**
 * Replaces the status. Throws CLUSTER_CONFLICT if the object changed since it was read, because the status describes
 * that state.
 */
export const writeCredentialStatus = (
  cluster: Cluster,
  credential: CredentialIdentity & Pick<CredentialResource, 'resourceVersion'>,
  status: CredentialStatus,
): Promise<CredentialResource | undefined> => {
  const metadata = { uid: credential.uid, resourceVersion: credential.resourceVersion };
  return patchCredential(cluster, credential, {
    part: 'status',
    body: { metadata, status: withNullsForUndefined(status) },
  });
};

/**
 * Stores the roles that a login has proven in the status. Other fields stay. Throws CLUSTER_CONFLICT if another object
 * has the name.
 */
export const writeProvenRoles = (
  cluster: Cluster,
  credential: CredentialIdentity,
  proven: ProvenRoles,
): Promise<CredentialResource | undefined> =>
  patchCredential(cluster, credential, {
    part: 'status',
    body: { metadata: { uid: credential.uid }, status: withProvenRoles(undefined, proven) },
  });

/** Replaces the finalizers. Throws CLUSTER_CONFLICT if the object changed since it was read. */
export const writeFinalizers = (
  cluster: Cluster,
  credential: CredentialIdentity & Pick<CredentialResource, 'resourceVersion'>,
  finalizers: readonly string[],
): Promise<CredentialResource | undefined> => {
  const { uid, resourceVersion } = credential;
  return patchCredential(cluster, credential, {
    part: 'finalizers',
    body: { metadata: { uid, resourceVersion, finalizers } },
  });
};

interface CredentialPatch {
  /** The status is a subresource. */
  readonly part: 'status' | 'finalizers';
  readonly body: object;
}

/** Resolves with the new object, or undefined if there is none. Throws LockstepError. */
async function patchCredential(
  { server, call }: Cluster,
  { namespace, name }: CredentialIdentity,
  { part, body }: CredentialPatch,
): Promise<CredentialResource | undefined> {
  const path = `${collectionPath(namespace)}/${encodeURIComponent(name)}`;
  const action = `writing the ${part} of PostgresCredential ${namespace}/${name}`;
  const response = await callApiIfFound(server, action, () =>
    call({
      method: 'PATCH',
      path: part === 'status' ? `${path}/status` : path,
      body,
      contentType: 'application/merge-patch+json',
    }),
  );
  return response === undefined ? undefined : credentialResourceOf(response.object);
}

/** A merge patch does not change a field that it leaves out. */
const withNullsForUndefined = (status: CredentialStatus): object =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, value ?? null]));

const collectionPath = (namespace: string): string =>
  `${GROUP}/namespaces/${encodeURIComponent(namespace)}/postgrescredentials`;
