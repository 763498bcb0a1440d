/**
 * The longest time that a PostgresCredential with a change in progress delays its deletion. Its server may never
 * return.
 */
const MAX_HOLD_MS = 30 * 60 * 1000;

export const releaseDeadline = (deletedAt: Date): Date => new Date(deletedAt.getTime() + MAX_HOLD_MS);

/** Whether its deletion has waited for long enough. A clock that was set to an earlier time ends the wait too. */
export const isReleaseDue = (deletedAt: Date | undefined, now: Date): boolean =>
  deletedAt !== undefined && Math.abs(now.getTime() - deletedAt.getTime()) >= MAX_HOLD_MS;
