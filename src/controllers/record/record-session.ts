import type { SecretRecord } from '../../engine/record/record.ts';

/** What was found where the record of a Secret lies. */
export type RecordLookup =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly record: SecretRecord; readonly resourceVersion: string }
  /** It is there, and nobody can say what it means. It is never written over: it may hold the only key to a database. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** The record of one Secret, while it is worked on. */
export interface RecordSession {
  readonly current: () => SecretRecord;
  /** Writes it where it is another one. Rejects with CLUSTER_CONFLICT where somebody else has, since it was read. */
  readonly save: (record: SecretRecord) => Promise<void>;
}

/** `write` resolves with the new resourceVersion; undefined stands for a record that is to be made. */
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
