import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import type { Deps } from '../reconciler-deps.ts';

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
