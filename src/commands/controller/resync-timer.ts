export interface ResyncTimerNeeds {
  /** The policies in effect. A change gives another object. */
  readonly revision: () => unknown;
  /** The policies in effect when the last resync began. */
  readonly scannedRevision: unknown;
  /** The shortest wait before the next resync, in milliseconds. */
  readonly minWait: number;
  readonly maxWait: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** The interval at which the policies are compared. */
const POLL_INTERVAL_MS = 500;

/**
 * Resolves when the resync is due, or at the signal. It also resolves once the policies differ from those of the last
 * resync, and have not changed for a moment.
 */
export async function waitForResync(needs: ResyncTimerNeeds, signal: AbortSignal): Promise<void> {
  const { revision, scannedRevision, minWait, maxWait, now, pause } = needs;
  const startedAt = now();
  let last = revision();
  while (now() - startedAt < maxWait && !signal.aborted) {
    await pause(Math.min(POLL_INTERVAL_MS, maxWait - (now() - startedAt)), signal);
    const current = revision();
    if (current !== scannedRevision && current === last && now() - startedAt >= minWait) return;
    last = current;
  }
}
