import type { SecretRecord } from '../../engine/record/record.ts';
import type { RecordLookup } from '../../engine/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Deps } from '../reconciler-deps.ts';
import { writeRecord } from './write-record.ts';

export type RecordRead = Extract<RecordLookup, { kind: 'read' }>;

/** The record of one Secret during one change. */
export interface RecordSession {
  /** The record with the current data of the Secret. It may not be saved yet. */
  readonly record: () => SecretRecord;
  /** The record as it was last read or saved. Undefined if there is none. */
  readonly stored: () => SecretRecord | undefined;
  /** The resourceVersion of the stored record. */
  readonly version: () => string | undefined;
  /**
   * Writes the record if it differs from the stored one. Rejects with CLUSTER_CONFLICT if another client has written it
   * since it was read.
   */
  readonly save: (record: SecretRecord) => Promise<void>;
  /** Reads what another client has written. Rejects if the record is gone or unreadable. */
  readonly reload: () => Promise<SecretRecord>;
}

/** `current` is the record of `lookup` with the current data of the Secret. */
export function openRecordSession(
  ref: SecretRef,
  lookup: Exclude<RecordLookup, { kind: 'unreadable' }>,
  current: SecretRecord,
  deps: Deps<'records' | 'emit'>,
): RecordSession {
  let record = current;
  let stored = lookup.kind === 'read' ? lookup.record : undefined;
  let version = lookup.kind === 'read' ? lookup.resourceVersion : undefined;
  return {
    record: () => record,
    stored: () => stored,
    version: () => version,
    save: async (next) => {
      record = next;
      if (next === stored) return;
      version = await writeRecord(ref, next, version, deps);
      stored = next;
    },
    reload: async () => {
      const reread = requireRecord(await deps.records.read(ref), ref, true);
      version = reread.resourceVersion;
      record = reread.record;
      stored = reread.record;
      return record;
    },
  };
}

/**
 * The record that was found, for a command that needs one. Throws RECORD_NOT_FOUND or RECORD_UNREADABLE, and
 * SECRET_NOT_FOUND if there is neither Secret nor record.
 */
export function requireRecord(
  lookup: RecordLookup,
  { namespace, name }: SecretRef,
  secretExists: boolean,
): RecordRead {
  const secretName = `${namespace}/${name}`;
  if (lookup.kind === 'read') return lookup;
  if (lookup.kind === 'unreadable') throw new LockstepError('RECORD_UNREADABLE', [secretName, lookup.reason]);
  throw new LockstepError(secretExists ? 'RECORD_NOT_FOUND' : 'SECRET_NOT_FOUND', [secretName]);
}
