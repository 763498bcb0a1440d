/** A PostgresCredential that is deleted in the middle of a change is kept for this long at most: its server may be gone for good. Milliseconds. */
const LONGEST_HOLD = 30 * 60 * 1000;

export const letGoAt = (deletedAt: Date): Date => new Date(deletedAt.getTime() + LONGEST_HOLD);

/** Whether its deletion has waited for long enough. A clock that was put back ends the wait too. */
export const isLetGo = (deletedAt: Date | undefined, now: Date): boolean =>
  deletedAt !== undefined && Math.abs(now.getTime() - deletedAt.getTime()) >= LONGEST_HOLD;
