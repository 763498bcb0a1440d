import { type ChangeReason, latestVersion, type RollbackReason, type SecretRecord } from './record.ts';

/**
 * The Secret holds a forced version: an earlier version that policies deny or correct. lockstep does not heal, complete
 * or rotate it automatically. This ends when the data changes, because a newer version exists then.
 */
export const isForced = (record: Pick<SecretRecord, 'versions'>): boolean =>
  isForcedReason(latestVersion(record).why);

/** @internal Exported for tests. */
export const isForcedReason = (why: ChangeReason): boolean =>
  why.kind === 'rolled-back' && why.forced === true;

/**
 * The reason of a rollback for which a webhook stored other values in `except`. Such a version is not the forced one.
 */
export function withExceptedKeys(
  { kind, to, undone }: RollbackReason,
  except: readonly string[],
): RollbackReason {
  return { kind, to, ...(undone === true && { undone }), except };
}
