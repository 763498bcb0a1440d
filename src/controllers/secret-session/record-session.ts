import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ObservedSecret, RecordPort } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

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

/** Resolves with the new resourceVersion. An undefined version stands for a new record. */
export async function writeRecord(
  ref: SecretRef,
  record: SecretRecord,
  version: string | undefined,
  { records, emit }: Deps<'records' | 'emit'>,
): Promise<string> {
  const written = await records.write(ref, record, version);
  emit({ kind: 'record-written', secret: ref, isRolloutStopped: isRolloutStopped(record) });
  return written;
}

/** The rollout of a deleted Secret never counts as stopped. */
export const isRolloutStopped = ({ deletedAt, rollout }: SecretRecord): boolean =>
  deletedAt === undefined && rollout?.stopped !== undefined;

export interface SecretReading<Observed extends ObservedSecret> {
  /** Undefined if there is no such Secret. */
  readonly observed: Observed | undefined;
  readonly lookup: RecordLookup;
}

/**
 * Reads the record and then its Secret, so that the Secret is never the older one. Otherwise a record may already hold
 * a later write, and the old data would count as the change of another client. A record that is older does no harm:
 * its next write meets a conflict.
 */
export async function readRecordAndSecret<Observed extends ObservedSecret>(
  ref: SecretRef,
  readRecord: RecordPort['read'],
  readSecret: (ref: SecretRef) => Promise<Observed | undefined>,
): Promise<SecretReading<Observed>> {
  const lookup = await readRecord(ref);
  return { lookup, observed: await readSecret(ref) };
}
