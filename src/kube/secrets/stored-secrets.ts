import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import {
  ApiStatusError,
  callApiIfFound,
  clusterError,
  denyingWebhookOf,
  isTerminating,
} from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';

/** A Secret as the API server holds it. */
export interface StoredSecret {
  readonly secret: Secret;
  /** Of one that was deleted and made again it is another. */
  readonly uid: string;
  readonly resourceVersion: string;
  readonly created: Date;
  /** The last write of its values. */
  readonly written: LastWrite;
}

export interface LastWrite {
  /** The field manager, as whoever wrote calls itself: `kubectl-edit`. */
  readonly by: string;
  /** By the API server's clock, in whole seconds. */
  readonly time: Date;
  /** When it was told so, by the same clock; undefined where that was not told. */
  readonly observedAt?: Date | undefined;
}

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** Undefined where there is none. Throws LockstepError. */
export async function readSecret(
  { server, call }: Cluster,
  { namespace, name }: SecretRef,
): Promise<StoredSecret | undefined> {
  const response = await callApiIfFound(server, `reading Secret ${namespace}/${name}`, () =>
    call({ path: pathOf({ namespace, name }) }),
  );
  return response === undefined ? undefined : storedSecretOf(response.object, response.date);
}

/** What is to be different in the values of a Secret. */
export interface SecretEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/**
 * Changes those values, and nothing else. Throws LockstepError: CLUSTER_CONFLICT where the Secret is no longer the one that was read, SECRET_REFUSED where
 * somebody does not let it be written.
 */
export async function patchSecret(
  cluster: Cluster,
  stored: PatchTarget,
  edit: SecretEdit,
  fieldManager: FieldManager,
): Promise<StoredSecret> {
  return await sendPatch(cluster, stored, edit, { fieldManager });
}

/** The same as a dry run: resolves with what would be stored, once all who judge and change writes of Secrets were asked. Nothing is stored. Throws as `patchSecret`. */
export async function dryRunPatch(
  cluster: Cluster,
  stored: PatchTarget,
  edit: SecretEdit,
  fieldManager: FieldManager,
): Promise<StoredSecret> {
  return await sendPatch(cluster, stored, edit, { fieldManager, dryRun: 'All' });
}

type PatchTarget = Pick<StoredSecret, 'secret' | 'uid' | 'resourceVersion'>;

async function sendPatch(
  { server, call }: Cluster,
  { secret: { namespace, name }, uid, resourceVersion }: PatchTarget,
  { set, remove }: SecretEdit,
  query: Readonly<Record<string, string>>,
): Promise<StoredSecret> {
  const data = new Map<string, string | null>(remove.map((key) => [key, null]));
  for (const [key, value] of set) data.set(key, value.reveal());
  try {
    const { object, date } = await call({
      method: 'PATCH',
      path: pathOf({ namespace, name }),
      query,
      // A key `__proto__` is one like any other: fromEntries defines it, an assignment would not.
      body: { metadata: { uid, resourceVersion }, data: Object.fromEntries(data) },
      contentType: 'application/merge-patch+json',
    });
    return storedSecretOf(object, date);
  } catch (cause) {
    const reason = denialReason(cause);
    if (reason !== undefined)
      throw new LockstepError('SECRET_REFUSED', [`${namespace}/${name}`, reason], cause);
    throw clusterError(cause, server, `writing Secret ${namespace}/${name}`);
  }
}

/** Who did not let it be written. What other webhooks and policies say may quote the values, so of those only their name is told. */
export function denialReason(cause: unknown): string | undefined {
  if (!(cause instanceof ApiStatusError) || isTerminating(cause)) return undefined;
  const status = parseStatus(cause.body);
  const causes = status.details?.causes ?? [];
  if (causes.length > 0 && causes.every(({ message = '' }) => message.includes('[lockstep/')))
    return causes.map(({ field = 'data', message = '' }) => `${field}: ${message}`).join('; ');
  const denyingWebhook = denyingWebhookOf(cause);
  if (denyingWebhook !== undefined) return denyingWebhook;
  if (![400, 403, 413, 422].includes(cause.status)) return undefined;
  // Rights and quotas; of an object that is wrong in itself the API server may quote it.
  if (cause.status === 403) return status.message ?? 'forbidden';
  return `HTTP ${cause.status} ${status.reason ?? ''}`.trim();
}

interface StatusObject {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

function parseStatus(body: string): StatusObject {
  try {
    return (JSON.parse(body) as StatusObject | null) ?? {};
  } catch {
    return {};
  }
}

const pathOf = ({ namespace, name }: SecretRef): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;

/** What is read of the API server's object. */
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
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string | null>> | null;
}

interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

type MetadataMap = Readonly<Record<string, string>>;

/** `object`: a Secret as parsed; `observedAt`: when it was read, by the API server's clock. */
export function storedSecretOf(object: unknown, observedAt?: Date): StoredSecret {
  const { metadata, type, immutable, data } = object as SecretObject;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  const created = new Date(metadata.creationTimestamp);
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    created,
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
        // null is how the API server's JSON spells a value without bytes.
        Object.entries(data ?? {}).map(([key, value]) => [key, Sensitive.fromBase64(value ?? '')]),
      ),
    },
  };
}

/** Of the managers that own some of its values, the one that wrote last. Applied `stringData` owns `f:stringData`, not `f:data`. */
function lastWrite(managers: readonly ManagedFields[]): LastWrite | undefined {
  let last: LastWrite | undefined;
  for (const { manager, time, fieldsV1 = {} } of managers) {
    if (manager === undefined || time === undefined) continue;
    if (!('f:data' in fieldsV1 || 'f:stringData' in fieldsV1)) continue;
    const write = { by: manager, time: new Date(time) };
    if (last === undefined || write.time >= last.time) last = write;
  }
  return last;
}
