export interface ResyncTimerNeeds {
  /** What is in force; another object where it is another. */
  readonly revision: () => unknown;
  /** What was in force when the last sweep was begun. */
  readonly scannedRevision: unknown;
  /** Milliseconds: no sooner, whatever changes, and no later. */
  readonly minWait: number;
  readonly maxWait: number;
  /** Of a clock that only goes forward. Milliseconds. */
  readonly now: () => number;
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** Between two looks at whether the policies are others. Milliseconds. */
const POLL_INTERVAL_MS = 500;

/** Resolves when it is time, or when the policies are others than those of the sweep and have been the same for a moment; or with the signal. */
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
