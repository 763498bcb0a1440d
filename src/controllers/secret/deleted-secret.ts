import type { RecordLookup, SecretRef } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

/** A record outlives its Secret for this long, because it may hold the only key to a database. */
const RECORD_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Resolves with the delay until the next reconcile in milliseconds, or with undefined if there is no record to retain.
 */
export async function retainRecord(
  ref: SecretRef,
  lookup: RecordLookup,
  { records, clock }: Deps<'records' | 'clock'>,
): Promise<number | undefined> {
  if (lookup.kind !== 'read') return undefined;
  const now = clock.now();
  const { record, resourceVersion } = lookup;
  if (record.deletedAt === undefined) {
    await records.write(ref, { ...record, deletedAt: now }, resourceVersion);
    return RECORD_RETENTION_MS;
  }
  const remaining = record.deletedAt.getTime() + RECORD_RETENTION_MS - now.getTime();
  if (remaining > 0) return remaining;
  await records.delete(ref, resourceVersion);
  return undefined;
}
