import type { RecordLookup } from '../../engine/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { ObservedSecret, RecordPort } from '../ports.ts';

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
