/** A PostgresCredential that is deleted in the middle of a change is kept for this long at most: its server may be gone for good. Milliseconds. */
const MAX_HOLD_MS = 30 * 60 * 1000;

export const releaseDeadline = (deletedAt: Date): Date => new Date(deletedAt.getTime() + MAX_HOLD_MS);

/** Whether its deletion has waited for long enough. A clock that was put back ends the wait too. */
export const isReleaseDue = (deletedAt: Date | undefined, now: Date): boolean =>
  deletedAt !== undefined && Math.abs(now.getTime() - deletedAt.getTime()) >= MAX_HOLD_MS;
