import type { Surroundings } from '../../engine/evaluation/decision.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { Place } from '../record/observed-secret.ts';
import type { FoundRecord } from '../record/record-session.ts';

export interface GoneSecretNeeds {
  readonly writeRecord: (place: Place, record: SecretRecord, version: string | undefined) => Promise<string>;
  readonly deleteRecord: (place: Place, version: string) => Promise<void>;
  readonly around: Surroundings;
}

/** A record outlives its Secret for so long: it may hold the only key to a database. Milliseconds. */
const KEPT = 30 * 24 * 60 * 60 * 1000;

/** Resolves with when to come again, in milliseconds; undefined where there is no record to look after. */
export async function keepAfterwards(
  place: Place,
  found: FoundRecord,
  needs: GoneSecretNeeds,
): Promise<number | undefined> {
  if (found.kind !== 'read') return undefined;
  const now = needs.around.now();
  const { record, resourceVersion } = found;
  if (record.gone === undefined) {
    await needs.writeRecord(place, { ...record, gone: now }, resourceVersion);
    return KEPT;
  }
  const left = record.gone.getTime() + KEPT - now.getTime();
  if (left > 0) return left;
  await needs.deleteRecord(place, resourceVersion);
  return undefined;
}
