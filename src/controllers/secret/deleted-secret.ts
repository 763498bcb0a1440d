import type { EngineContext } from '../../engine/evaluation/decision.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../record/observed-secret.ts';
import type { RecordLookup } from '../record/record-session.ts';

export interface DeletedSecretNeeds {
  readonly writeRecord: (
    ref: SecretRef,
    record: SecretRecord,
    version: string | undefined,
  ) => Promise<string>;
  readonly deleteRecord: (ref: SecretRef, version: string) => Promise<void>;
  readonly context: EngineContext;
}

/** A record outlives its Secret for this long, because it may hold the only key to a database. */
const RECORD_RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Resolves with the delay until the next reconcile in milliseconds, or with undefined if there is no record to retain.
 */
export async function retainRecord(
  ref: SecretRef,
  lookup: RecordLookup,
  needs: DeletedSecretNeeds,
): Promise<number | undefined> {
  if (lookup.kind !== 'read') return undefined;
  const now = needs.context.now();
  const { record, resourceVersion } = lookup;
  if (record.deletedAt === undefined) {
    await needs.writeRecord(ref, { ...record, deletedAt: now }, resourceVersion);
    return RECORD_RETENTION_MS;
  }
  const remaining = record.deletedAt.getTime() + RECORD_RETENTION_MS - now.getTime();
  if (remaining > 0) return remaining;
  await needs.deleteRecord(ref, resourceVersion);
  return undefined;
}
