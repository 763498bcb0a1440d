export interface ResyncLoopNeeds {
  /** Reads every Secret once, and puts those that need a reconcile into the queue. Resolves after the last one. */
  readonly fullScan: (signal: AbortSignal) => Promise<void>;
  /** Starts the watch. Changes since the full scan come first. */
  readonly watch: (signal: AbortSignal) => void;
  /** Works on the queue until the signal aborts and the running work has ended. */
  readonly runQueue: (signal: AbortSignal) => Promise<void>;
  /** Resolves after the delay, with the signal, or a short time after the last change of policies. */
  readonly waitForResync: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onScanFailed: (error: unknown) => void;
  /** The time in milliseconds between two full scans, if no policy changes. */
  readonly resyncInterval: number;
}

/** The delay after a failed scan. */
const RETRY_DELAY_MS = 10_000;

/**
 *     full scan ── watch ─ … ─ changes ─ …
 *               └── queue ─ … ─ full scan again: policies changed, or the interval is over ─ …
 *
 * The watch lists all Secrets, so no change during the first scan is lost. A changed Secret has another version than
 * the scanned one.
 */
export async function runResyncLoop(needs: ResyncLoopNeeds, signal: AbortSignal): Promise<void> {
  const queueDone = needs.runQueue(signal);
  let isWatching = false;
  while (!signal.aborted) {
    let delay = needs.resyncInterval;
    try {
      await needs.fullScan(signal);
      if (!isWatching && !signal.aborted) needs.watch(signal);
      isWatching = true;
    } catch (error) {
      if (signal.aborted) break;
      needs.onScanFailed(error);
      delay = RETRY_DELAY_MS;
    }
    await needs.waitForResync(delay, signal);
  }
  await queueDone;
}

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
