import type { SecretType } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { clusterError, hasStatus } from '../client/api-error.ts';
import { callApiIfFound, deletion } from '../client/call.ts';
import { type Cluster, METADATA_LIST } from '../client/connect.ts';
import { list } from '../client/list.ts';
import { recordName } from '../secrets/record-name.ts';
import {
  IS_RECORD,
  RECORD_OF,
  type SecretMetadataObject,
  secretMetadataOf,
} from '../secrets/secret-metadata.ts';
import { denialReason, secretPath, secretsPath } from '../secrets/stored-secrets.ts';
import { decodeRecord, encodeRecord, type RecordData } from './codec.ts';

/** lockstep's webhooks get no review of this type, and no policy selects it. */
export const RECORD_TYPE = 'lockstep.dev/record' satisfies SecretType;

/** The record of the Secret. Throws LockstepError. */
export async function readRecord(cluster: Cluster, secretRef: SecretRef): Promise<RecordLookup> {
  const action = `reading the record of Secret ${secretLabel(secretRef)}`;
  const response = await callApiIfFound(cluster, action, { path: recordPath(secretRef) });
  if (response === undefined) return { kind: 'absent' };
  const { type, metadata, data } = response.object as StoredRecord;
  if (type !== RECORD_TYPE)
    return {
      kind: 'unreadable',
      reason: `Secret ${recordName(secretRef.name)} is none of lockstep's: its type is not ${RECORD_TYPE}`,
    };
  const recordOf = metadata.annotations?.[RECORD_OF];
  if (recordOf !== undefined && recordOf !== secretRef.name)
    return { kind: 'unreadable', reason: 'it says that it is the record of another Secret' };
  const record = decodeRecord(data ?? {});
  if (typeof record === 'string') return { kind: 'unreadable', reason: record };
  return { kind: 'read', record, resourceVersion: metadata.resourceVersion };
}

interface StoredRecord {
  readonly type?: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: RecordData | null;
}

/**
 * Creates the record if `resourceVersion` is undefined. Otherwise replaces the one that was read. Resolves with the new
 * resourceVersion. Throws LockstepError: CLUSTER_CONFLICT if the record changed since it was read, RECORD_TOO_LARGE, or
 * RECORD_REFUSED by a quota or RBAC.
 */
export async function writeRecord(
  { server, call }: Cluster,
  secretRef: SecretRef,
  record: SecretRecord,
  resourceVersion: string | undefined,
): Promise<string> {
  const data = encodeRecord(record);
  if (data === undefined) throw new LockstepError('RECORD_TOO_LARGE', [secretLabel(secretRef)]);
  const recordMetadata = { labels: { [IS_RECORD]: 'true' }, annotations: { [RECORD_OF]: secretRef.name } };
  const name = recordName(secretRef.name);
  try {
    const { object } =
      resourceVersion === undefined
        ? await call({
            method: 'POST',
            path: secretsPath(secretRef.namespace),
            body: {
              apiVersion: 'v1',
              kind: 'Secret',
              type: RECORD_TYPE,
              metadata: { name, ...recordMetadata },
              data,
            },
          })
        : await call({
            method: 'PATCH',
            path: recordPath(secretRef),
            // Labels and annotations of other clients stay. The data is replaced.
            contentType: 'application/strategic-merge-patch+json',
            body: { metadata: { resourceVersion, ...recordMetadata }, data: { $patch: 'replace', ...data } },
          });
    return (object as StoredRecord).metadata.resourceVersion;
  } catch (cause) {
    throw recordWriteError(cause, server, secretRef);
  }
}

function recordWriteError(cause: unknown, server: string, secretRef: SecretRef): LockstepError {
  const action = `writing the record of Secret ${secretLabel(secretRef)}`;
  const reason = denialReason(cause);
  if (reason !== undefined) return new LockstepError('RECORD_REFUSED', [secretLabel(secretRef), reason]);
  // The record or its namespace is gone, which is a change since it was read.
  if (hasStatus(cause, 404)) return new LockstepError('CLUSTER_CONFLICT', [action]);
  return clusterError(cause, server, action);
}

/** Deletes the record if it did not change since it was read, or does nothing if it is gone. Throws LockstepError. */
export async function deleteRecord(
  cluster: Cluster,
  secretRef: SecretRef,
  resourceVersion: string,
): Promise<void> {
  const action = `deleting the record of Secret ${secretLabel(secretRef)}`;
  await callApiIfFound(cluster, action, deletion(recordPath(secretRef), { resourceVersion }));
}

/** The names of the Secrets in a namespace that have a record. Throws LockstepError. */
export async function* recordedNames(cluster: Cluster, namespace: string): AsyncGenerator<string> {
  const target = {
    path: secretsPath(namespace),
    what: `records in namespace ${namespace}`,
    labelSelector: `${IS_RECORD}=true`,
    accept: METADATA_LIST,
  };
  for await (const item of list(cluster, target)) {
    const { recordOf } = secretMetadataOf(item as SecretMetadataObject);
    if (recordOf !== undefined) yield recordOf;
  }
}

const secretLabel = ({ namespace, name }: SecretRef): string => `${namespace}/${name}`;

const recordPath = ({ namespace, name }: SecretRef): string =>
  secretPath({ namespace, name: recordName(name) });
