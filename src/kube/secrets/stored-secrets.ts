import type { KeyEdit } from '../../engine/review/own-writes/with-derived.ts';
import {
  type FieldOwner,
  ownedSince,
  withoutOwnFields,
} from '../../engine/secret/kubernetes/field-owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import {
  ApiStatusError,
  clusterError,
  denyingWebhookOf,
  isTerminating,
  type StatusCause,
  statusIn,
} from '../client/api-error.ts';
import { apiPath, callApiIfFound, mergePatch } from '../client/call.ts';
import type { ApiCall, Cluster } from '../client/connect.ts';

export interface StoredSecret {
  readonly secret: Secret;
  /** A Secret that was deleted and created again has another uid. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly created: Date;
  /** The last write of its values. */
  readonly written: LastWrite;
  /** The writers, and the fields that each of them owns. */
  readonly owners: readonly FieldOwner[];
}

export interface LastWrite {
  /** The field manager of the write, such as `kubectl-edit`. */
  readonly by: string;
  /** By the API server's clock, in whole seconds. */
  readonly time: Date;
  /** The time of the read, by the same clock. Undefined if it is not known. */
  readonly observedAt?: Date | undefined;
}

/** Undefined if there is none. Throws LockstepError. */
export async function readSecret(
  cluster: Cluster,
  { namespace, name }: SecretRef,
): Promise<StoredSecret | undefined> {
  const path = secretPath({ namespace, name });
  const response = await callApiIfFound(cluster, `reading Secret ${namespace}/${name}`, { path });
  return response === undefined ? undefined : storedSecretOf(response.object, response.date);
}

type PatchTarget = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;

const DRY_RUN = { dryRun: 'All' };

/**
 * Changes these values, and nothing else. Throws LockstepError, CLUSTER_CONFLICT if the Secret changed since it was
 * read, SECRET_REFUSED if the API server denies the write.
 */
export async function patchSecret(
  cluster: Cluster,
  { secret, uid, resourceVersion }: PatchTarget,
  { set, remove }: KeyEdit,
  query: ApiCall['query'] = {},
): Promise<StoredSecret> {
  const data = new Map<string, string | null>(remove.map((key) => [key, null]));
  for (const [key, value] of set) data.set(key, value.reveal());
  // A key `__proto__` is one like any other. `fromEntries` defines it, and an assignment would not.
  const body = { metadata: { uid, resourceVersion }, data: Object.fromEntries(data) };
  return await writeSecret(cluster, secret, { ...mergePatch(secretPath(secret), body), query });
}

/**
 * The same as a dry run, which stores nothing. Resolves with the Secret that would be stored after all webhooks and
 * policies. Throws the errors of `patchSecret`.
 */
export const dryRunPatch = (cluster: Cluster, stored: PatchTarget, edit: KeyEdit) =>
  patchSecret(cluster, stored, edit, DRY_RUN);

/**
 * Gives up the ownership of the fields that lockstep has written. `before` are the owners before its write. They own
 * the fields again. The API server recomputes owners in a write of values, so this is another write. Throws
 * LockstepError, CLUSTER_CONFLICT if the Secret changed since it was read.
 */
export async function releaseFields(
  cluster: Cluster,
  { secret, uid, resourceVersion, owners = [] }: PatchTarget & Partial<Pick<StoredSecret, 'owners'>>,
  before: readonly FieldOwner[] = owners,
): Promise<void> {
  if (ownedSince(owners) === undefined) return;
  const managedFields = withoutOwnFields(before.length === 0 ? owners : before);
  const body = { metadata: { uid, resourceVersion, managedFields } };
  await writeSecret(cluster, secret, mergePatch(secretPath(secret), body));
}

/**
 * Creates the Secret. Throws LockstepError: CLUSTER_CONFLICT if there is one, SECRET_REFUSED if the API server denies
 * the write.
 */
export const createSecret = (
  cluster: Cluster,
  { namespace, name, type, immutable, labels, annotations, data }: Secret,
  query: ApiCall['query'] = {},
): Promise<StoredSecret> =>
  writeSecret(
    cluster,
    { namespace, name },
    {
      method: 'POST',
      path: secretsPath(namespace),
      query,
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        type,
        ...(immutable && { immutable }),
        metadata: {
          name,
          labels: Object.fromEntries(labels),
          annotations: Object.fromEntries(annotations),
        },
        data: Object.fromEntries([...data].map(([key, value]) => [key, value.reveal()])),
      },
    },
  );

/** The same as a dry run, which stores nothing. */
export const dryRunCreate = (cluster: Cluster, secret: Secret) => createSecret(cluster, secret, DRY_RUN);

/** Sends a write of the values of a Secret. Throws LockstepError, SECRET_REFUSED if the API server denies it. */
export async function writeSecret(
  { server, call }: Cluster,
  { namespace, name }: SecretRef,
  request: ApiCall,
): Promise<StoredSecret> {
  const secret = `${namespace}/${name}`;
  try {
    const { object, date } = await call(request);
    return storedSecretOf(object, date);
  } catch (cause) {
    const reason = denialReason(cause);
    throw reason === undefined
      ? clusterError(cause, server, `writing Secret ${secret}`)
      : new LockstepError('SECRET_REFUSED', [secret, reason], cause);
  }
}

/**
 * The reason of a denial. The message of another webhook or policy may quote the values, so the reason holds only its
 * name.
 */
export function denialReason(cause: unknown): string | undefined {
  if (!(cause instanceof ApiStatusError) || isTerminating(cause)) return undefined;
  const { message: text, reason, causes } = statusIn(cause);
  if (areFindings(causes))
    return causes.map(({ field = 'data', message = '' }) => `${field}: ${message}`).join('; ');
  const denyingWebhook = denyingWebhookOf(cause);
  if (denyingWebhook !== undefined) return denyingWebhook;
  if (![400, 403, 413, 422].includes(cause.status)) return undefined;
  // A 403 comes from RBAC or a quota. For an invalid object, the message of the API server may quote it.
  if (cause.status === 403) return text || 'forbidden';
  return `HTTP ${cause.status} ${reason ?? ''}`.trim();
}

/** True if lockstep's own webhook or floor denied the write, or its webhook did not answer. Break-glass passes both. */
export function isDeniedByLockstep(cause: unknown): boolean {
  if (!(cause instanceof ApiStatusError)) return false;
  const { message, causes } = statusIn(cause);
  return areFindings(causes) || /\bwebhook "\w+\.lockstep\.dev"/.test(message);
}

const areFindings = (causes: readonly StatusCause[]): boolean =>
  causes.length > 0 && causes.every(({ message = '' }) => message.includes('[lockstep/'));

/** The Secrets of one namespace, or of all. */
export const secretsPath = (namespace?: string): string => apiPath('v1', 'secrets', { namespace });

export const secretPath = (ref: SecretRef): string => apiPath('v1', 'secrets', ref);

/** The fields that lockstep reads of the API server's object. */
interface SecretObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly labels?: MetadataMap;
    readonly annotations?: MetadataMap;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly FieldOwner[];
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string | null>> | null;
}

type MetadataMap = Readonly<Record<string, string>>;

/** `object` is a parsed Secret. `observedAt` is the time of the read, by the API server's clock. */
export function storedSecretOf(object: unknown, observedAt?: Date): StoredSecret {
  const { metadata, type, immutable, data } = object as SecretObject;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const created = new Date(metadata.creationTimestamp);
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    created,
    owners: metadata.managedFields ?? [],
    written: {
      ...(lastWrite(metadata.managedFields ?? []) ?? { by: 'unknown', time: created }),
      observedAt,
    },
    secret: {
      name: metadata.name,
      generateName: '',
      namespace: metadata.namespace,
      type: type ?? 'Opaque',
      labels: new Map(Object.entries(metadata.labels ?? {})),
      annotations: new Map(Object.entries(metadata.annotations ?? {})),
      controller: controller && `${controller.kind}/${controller.name}`,
      immutable: immutable === true,
      deleting: metadata.deletionTimestamp !== undefined,
      data: new Map(
        // The API server's JSON writes an empty value as null.
        Object.entries(data ?? {}).map(([key, value]) => [key, Sensitive.fromBase64(value ?? '')]),
      ),
    },
  };
}

/**
 * The last write of the managers that own some of the values. Applied `stringData` owns `f:stringData`, not `f:data`.
 */
function lastWrite(managers: readonly FieldOwner[]): LastWrite | undefined {
  let last: LastWrite | undefined;
  for (const { manager, time, fieldsV1 = {} } of managers) {
    if (manager === undefined || time === undefined) continue;
    if (!('f:data' in fieldsV1 || 'f:stringData' in fieldsV1)) continue;
    const write = { by: manager, time: new Date(time) };
    if (last === undefined || write.time >= last.time) last = write;
  }
  return last;
}
