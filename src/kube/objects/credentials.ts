import { type ProvenRoles, withProvenRoles } from '../../engine/login/change/allowed-roles.ts';
import type { CredentialKind, CredentialResource } from '../../engine/login/credential-schema/compile.ts';
import type { CredentialStatus } from '../../engine/login/status/status.ts';
import { apiPath, callApiIfFound, mergePatch } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { WatchTarget } from '../watch/watch-target.ts';

const API_VERSION = 'lockstep.dev/v1alpha1';
const PLURALS = {
  PostgresCredential: 'postgrescredentials',
  RedisCredential: 'rediscredentials',
} as const;

/**
 * All credentials of one kind, for `watch`. If their CRD is not installed, the list is empty, and the watch continues
 * to look for it.
 */
export const credentialTarget = (kind: CredentialKind) =>
  ({
    resource: PLURALS[kind],
    path: apiPath(API_VERSION, PLURALS[kind]),
    what: `${PLURALS[kind]}.lockstep.dev`,
    isOptional: true,
    parse: (object) => credentialResourceOf(kind, object),
  }) satisfies WatchTarget<CredentialResource> & { readonly resource: string };

function credentialResourceOf(kind: CredentialKind, object: unknown): CredentialResource {
  const { metadata, status } = object as CredentialObject;
  const { namespace, name, uid, resourceVersion, finalizers = [], deletionTimestamp } = metadata;
  const deletedAt = deletionTimestamp === undefined ? undefined : new Date(deletionTimestamp);
  const document = withoutUnusedMetadata(object as CredentialObject);
  return { kind, namespace, name, uid, resourceVersion, document, status, finalizers, deletedAt };
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

/** The credentials of one kind in a namespace, or in all. Empty if their CRD is not installed. Throws LockstepError. */
export async function readCredentials(
  cluster: Cluster,
  namespace: string | undefined,
  kind: CredentialKind,
  options: ListOptions = {},
): Promise<readonly CredentialResource[]> {
  const credentials: CredentialResource[] = [];
  const target = credentialTarget(kind);
  const path = apiPath(API_VERSION, PLURALS[kind], { namespace });
  for await (const item of list(cluster, { ...target, path }, options)) credentials.push(target.parse(item));
  return credentials;
}

type CredentialIdentity = Pick<CredentialResource, 'kind' | 'namespace' | 'name' | 'uid'>;

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
  cluster: Cluster,
  { kind, namespace, name }: CredentialIdentity,
  { part, body }: CredentialPatch,
): Promise<CredentialResource | undefined> {
  const path = apiPath(API_VERSION, PLURALS[kind], { namespace, name });
  const action = `writing the ${part} of ${kind} ${namespace}/${name}`;
  const call = mergePatch(part === 'status' ? `${path}/status` : path, body);
  const response = await callApiIfFound(cluster, action, call);
  return response === undefined ? undefined : credentialResourceOf(kind, response.object);
}

/** A merge patch does not change a field that it leaves out. */
const withNullsForUndefined = (status: CredentialStatus): object =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, value ?? null]));
