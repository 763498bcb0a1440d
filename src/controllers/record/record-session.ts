import type { SecretRecord } from '../../engine/record/record.ts';
import type { RecordLookup } from '../ports.ts';

/** The record of one Secret during one reconcile. */
export interface RecordSession {
  readonly current: () => SecretRecord;
  /**
   * Writes the record if it has changed. Rejects with CLUSTER_CONFLICT if another client has written it since it was
   * read.
   */
  readonly save: (record: SecretRecord) => Promise<void>;
}

/** `write` resolves with the new resourceVersion. An undefined version stands for a new record. */
export function openRecordSession(
  initial: SecretRecord,
  lookup: Exclude<RecordLookup, { kind: 'unreadable' }>,
  write: (record: SecretRecord, resourceVersion: string | undefined) => Promise<string>,
): RecordSession {
  let stored = lookup.kind === 'read' ? lookup.record : undefined;
  let version = lookup.kind === 'read' ? lookup.resourceVersion : undefined;
  let current = stored ?? initial;
  return {
    current: () => current,
    save: async (record) => {
      current = record;
      if (record === stored) return;
      version = await write(record, version);
      stored = record;
    },
  };
}
