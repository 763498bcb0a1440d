import { type ChangeReason, latestVersion, type RollbackReason, type SecretRecord } from './record.ts';

/**
 * The Secret holds what somebody forced: an earlier version that policies deny or correct. lockstep does not heal, complete or rotate it by itself until its data
 * changes again: then there is a newer version, and this is over.
 */
export const isForced = (record: Pick<SecretRecord, 'versions'>): boolean =>
  isForcedReason(latestVersion(record).why);

export const isForcedReason = (why: ChangeReason): boolean =>
  why.kind === 'rolled-back' && why.forced === true;

/** Why the Secret holds what it holds, where a webhook stored something else in `except`. Then it is not what was forced. */
export function withExceptedKeys({ kind, to }: RollbackReason, except: readonly string[]): RollbackReason {
  return { kind, to, except };
}
