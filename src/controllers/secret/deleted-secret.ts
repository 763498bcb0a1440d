import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Deps } from '../reconciler-deps.ts';
import { writeRecord } from '../secret-session/record-session.ts';

/** A record outlives its Secret for this long, because it may hold the only key to a database. */
const RECORD_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Resolves with the delay until the next reconcile in milliseconds, or with undefined if there is no record to retain.
 */
export async function retainRecord(
  ref: SecretRef,
  lookup: RecordLookup,
  deps: Deps<'records' | 'clock' | 'emit'>,
): Promise<number | undefined> {
  if (lookup.kind !== 'read') return undefined;
  const now = deps.clock.now();
  const { record, resourceVersion } = lookup;
  if (record.deletedAt === undefined) {
    await writeRecord(ref, { ...record, deletedAt: now }, resourceVersion, deps);
    return RECORD_RETENTION_MS;
  }
  const remaining = record.deletedAt.getTime() + RECORD_RETENTION_MS - now.getTime();
  if (remaining > 0) return remaining;
  await deps.records.delete(ref, resourceVersion);
  return undefined;
}
