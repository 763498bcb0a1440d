import type { SecretRecord } from '../../engine/record/record.ts';
import type { FieldManager, SecretType } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import { askFor, failure, Refusal } from '../client/api-error.ts';
import type { Cluster } from '../client/connect.ts';
import { recordName } from '../secrets/record-name.ts';
import { IS_RECORD, RECORD_OF } from '../secrets/secret-metadata.ts';
import { refusalOf, type SecretPlace } from '../secrets/stored-secrets.ts';
import { type RecordData, readForm, writeForm } from './codec.ts';

/** No webhook is asked about it, and no policy means it. */
const TYPE = 'lockstep.dev/record' satisfies SecretType;

export type ReadRecord =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly record: SecretRecord; readonly resourceVersion: string }
  /** `reason` completes a sentence: "it has no index". It quotes nothing. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The record of the Secret `place`. Throws LockstepError. */
export async function readRecord({ server, call }: Cluster, place: SecretPlace): Promise<ReadRecord> {
  const path = `${collectionOf(place)}/${recordName(place.name)}`;
  const found = await askFor(server, `reading the record of Secret ${named(place)}`, () => call({ path }));
  if (found === undefined) return { kind: 'absent' };
  const { type, metadata, data } = found.object as StoredRecord;
  if (type !== TYPE)
    return {
      kind: 'unreadable',
      reason: `Secret ${recordName(place.name)} is none of lockstep's: its type is not ${TYPE}`,
    };
  const of = metadata.annotations?.[RECORD_OF];
  if (of !== undefined && of !== place.name)
    return { kind: 'unreadable', reason: 'it says that it is the record of another Secret' };
  const record = readForm(data ?? {});
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
 * Makes the record where `resourceVersion` is undefined, else replaces the one that was read. Resolves with its new resourceVersion. Throws LockstepError:
 * CLUSTER_CONFLICT where it is no longer what was read, RECORD_TOO_LARGE, RECORD_REFUSED by a quota or for want of a right.
 */
export async function writeRecord(
  { server, call }: Cluster,
  place: SecretPlace,
  record: SecretRecord,
  resourceVersion: string | undefined,
  fieldManager: FieldManager,
): Promise<string> {
  const data = writeForm(record);
  if (data === undefined) throw new LockstepError('RECORD_TOO_LARGE', [named(place)]);
  const marks = { labels: { [IS_RECORD]: 'true' }, annotations: { [RECORD_OF]: place.name } };
  const name = recordName(place.name);
  const query = { fieldManager };
  try {
    const { object } =
      resourceVersion === undefined
        ? await call({
            method: 'POST',
            path: collectionOf(place),
            query,
            body: { apiVersion: 'v1', kind: 'Secret', type: TYPE, metadata: { name, ...marks }, data },
          })
        : await call({
            method: 'PATCH',
            path: `${collectionOf(place)}/${name}`,
            query,
            // What others have marked it with stays; of its data nothing does.
            contentType: 'application/strategic-merge-patch+json',
            body: { metadata: { resourceVersion, ...marks }, data: { $patch: 'replace', ...data } },
          });
    return (object as StoredRecord).metadata.resourceVersion;
  } catch (cause) {
    throw explained(cause, server, place);
  }
}

function explained(cause: unknown, server: string, place: SecretPlace): LockstepError {
  const doing = `writing the record of Secret ${named(place)}`;
  const reason = refusalOf(cause);
  if (reason !== undefined) return new LockstepError('RECORD_REFUSED', [named(place), reason]);
  // The record, or its namespace, is gone: that too is a change since it was read.
  if (cause instanceof Refusal && cause.status === 404) return new LockstepError('CLUSTER_CONFLICT', [doing]);
  return failure(cause, server, doing);
}

/** Only the one that was read; one that is gone is fine. Throws LockstepError. */
export async function deleteRecord(
  { server, call }: Cluster,
  place: SecretPlace,
  resourceVersion: string,
): Promise<void> {
  await askFor(server, `deleting the record of Secret ${named(place)}`, () =>
    call({
      method: 'DELETE',
      path: `${collectionOf(place)}/${recordName(place.name)}`,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } },
    }),
  );
}

const named = ({ namespace, name }: SecretPlace): string => `${namespace}/${name}`;

const collectionOf = ({ namespace }: SecretPlace): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
