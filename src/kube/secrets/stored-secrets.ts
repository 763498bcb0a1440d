import { type FieldOwner, ownedSince, withoutOwnFields } from '../../engine/secret/field-owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import {
  ApiStatusError,
  callApiIfFound,
  clusterError,
  denyingWebhookOf,
  isTerminating,
} from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

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
  { server, call }: Cluster,
  { namespace, name }: SecretRef,
): Promise<StoredSecret | undefined> {
  const response = await callApiIfFound(server, `reading Secret ${namespace}/${name}`, () =>
    call({ path: pathOf({ namespace, name }) }),
  );
  return response === undefined ? undefined : storedSecretOf(response.object, response.date);
}

/** A change of the values of a Secret. */
export interface SecretEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/**
 * Changes these values, and nothing else. Throws LockstepError, CLUSTER_CONFLICT if the Secret changed since it was
 * read, SECRET_REFUSED if the API server denies the write.
 */
export async function patchSecret(
  cluster: Cluster,
  stored: PatchTarget,
  edit: SecretEdit,
): Promise<StoredSecret> {
  return await sendPatch(cluster, stored, edit);
}

/**
 * The same as a dry run, which stores nothing. Resolves with the Secret that would be stored after all webhooks and
 * policies. Throws the errors of `patchSecret`.
 */
export async function dryRunPatch(
  cluster: Cluster,
  stored: PatchTarget,
  edit: SecretEdit,
): Promise<StoredSecret> {
  return await sendPatch(cluster, stored, edit, { dryRun: 'All' });
}

/**
 * Gives up the ownership of the fields that lockstep has written. `before` are the owners before its write. They own
 * the fields again. The API server recomputes owners in a write of values, so this is another write. Throws
 * LockstepError, CLUSTER_CONFLICT if the Secret changed since it was read.
 */
export async function releaseFields(
  { server, call }: Cluster,
  { secret: { namespace, name }, uid, resourceVersion, owners = [] }: ReleaseTarget,
  before: readonly FieldOwner[] = owners,
): Promise<void> {
  if (ownedSince(owners) === undefined) return;
  const managedFields = withoutOwnFields(before.length === 0 ? owners : before);
  try {
    await call({
      method: 'PATCH',
      path: pathOf({ namespace, name }),
      body: { metadata: { uid, resourceVersion, managedFields } },
      contentType: 'application/merge-patch+json',
    });
  } catch (cause) {
    throw writeError(cause, server, { namespace, name });
  }
}

/**
 * Creates the Secret. Throws LockstepError: CLUSTER_CONFLICT if there is one, SECRET_REFUSED if the API server denies
 * the write.
 */
export const createSecret = (cluster: Cluster, secret: Secret) => sendCreation(cluster, secret);

/** The same as a dry run, which stores nothing. */
export const dryRunCreate = (cluster: Cluster, secret: Secret) =>
  sendCreation(cluster, secret, { dryRun: 'All' });

async function sendCreation(
  { server, call }: Cluster,
  { namespace, name, type, immutable, labels, annotations, data }: Secret,
  query: Readonly<Record<string, string>> = {},
): Promise<StoredSecret> {
  try {
    const { object, date } = await call({
      method: 'POST',
      path: collectionPathOf(namespace),
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
    });
    return storedSecretOf(object, date);
  } catch (cause) {
    throw writeError(cause, server, { namespace, name });
  }
}

function writeError(cause: unknown, server: string, { namespace, name }: SecretRef): LockstepError {
  const secret = `${namespace}/${name}`;
  const reason = denialReason(cause);
  return reason === undefined
    ? clusterError(cause, server, `writing Secret ${secret}`)
    : new LockstepError('SECRET_REFUSED', [secret, reason], cause);
}

type PatchTarget = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;
type ReleaseTarget = PatchTarget & Partial<Pick<StoredSecret, 'owners'>>;

async function sendPatch(
  { server, call }: Cluster,
  { secret: { namespace, name }, uid, resourceVersion }: PatchTarget,
  { set, remove }: SecretEdit,
  query: Readonly<Record<string, string>> = {},
): Promise<StoredSecret> {
  const data = new Map<string, string | null>(remove.map((key) => [key, null]));
  for (const [key, value] of set) data.set(key, value.reveal());
  try {
    const { object, date } = await call({
      method: 'PATCH',
      path: pathOf({ namespace, name }),
      query,
      // A key `__proto__` is one like any other. `fromEntries` defines it, and an assignment would not.
      body: { metadata: { uid, resourceVersion }, data: Object.fromEntries(data) },
      contentType: 'application/merge-patch+json',
    });
    return storedSecretOf(object, date);
  } catch (cause) {
    throw writeError(cause, server, { namespace, name });
  }
}

/**
 * The reason of a denial. The message of another webhook or policy may quote the values, so the reason holds only its
 * name.
 */
export function denialReason(cause: unknown): string | undefined {
  if (!(cause instanceof ApiStatusError) || isTerminating(cause)) return undefined;
  const status = parseStatus(cause.body);
  const causes = status.details?.causes ?? [];
  if (areFindings(causes))
    return causes.map(({ field = 'data', message = '' }) => `${field}: ${message}`).join('; ');
  const denyingWebhook = denyingWebhookOf(cause);
  if (denyingWebhook !== undefined) return denyingWebhook;
  if (![400, 403, 413, 422].includes(cause.status)) return undefined;
  // A 403 comes from RBAC or a quota. For an invalid object, the message of the API server may quote it.
  if (cause.status === 403) return status.message ?? 'forbidden';
  return `HTTP ${cause.status} ${status.reason ?? ''}`.trim();
}

/** True if lockstep's own webhook or floor denied the write, or its webhook did not answer. Break-glass passes both. */
export function isDeniedByLockstep(cause: unknown): boolean {
  if (!(cause instanceof ApiStatusError)) return false;
  const { message = '', details } = parseStatus(cause.body);
  return areFindings(details?.causes ?? []) || /\bwebhook "\w+\.lockstep\.dev"/.test(message);
}

const areFindings = (causes: readonly StatusCause[]): boolean =>
  causes.length > 0 && causes.every(({ message = '' }) => message.includes('[lockstep/'));

interface StatusCause {
  readonly field?: string;
  readonly message?: string;
}

interface StatusObject {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly StatusCause[] };
}

function parseStatus(body: string): StatusObject {
  try {
    return (JSON.parse(body) as StatusObject | null) ?? {};
  } catch {
    return {};
  }
}

const collectionPathOf = (namespace: string): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;

const pathOf = ({ namespace, name }: SecretRef): string =>
  `${collectionPathOf(namespace)}/${encodeURIComponent(name)}`;

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
