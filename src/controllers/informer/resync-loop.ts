export interface ResyncLoopNeeds {
  /** Looks at every Secret once, and resolves when it has seen the last; puts those where there may be something to do into the queue. */
  readonly fullScan: (signal: AbortSignal) => Promise<void>;
  /** Begins to hear of changes. What has changed since it was swept is heard first. */
  readonly watch: (signal: AbortSignal) => void;
  /** Works off what is queued, until the signal comes and what is under way has ended. */
  readonly runQueue: (signal: AbortSignal) => Promise<void>;
  /** Resolves after so many milliseconds, or when policies have changed and have then been quiet for a moment, or with the signal. */
  readonly waitForResync: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Called with what made a sweep fail. */
  readonly onScanFailed: (error: unknown) => void;
  /** Between two sweeps where no policy changes. Milliseconds. */
  readonly resyncInterval: number;
}

/** After a sweep that failed. Milliseconds. */
const RETRY_DELAY_MS = 10_000;

/**
 *     sweep ── watch ─ … ─ changes ─ …
 *       └──── work ─ … ─ sweep again: policies changed, or it is time ─ …
 *
 * The watch lists what there is, so that what changed during the first sweep is not lost: it has another version than the one that was swept.
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
