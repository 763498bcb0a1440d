export interface SynchronizerNeeds {
  /** Looks at every Secret once, and resolves when it has seen the last; puts those where there may be something to do into the queue. */
  readonly sweep: (signal: AbortSignal) => Promise<void>;
  /** Begins to hear of changes. What has changed since it was swept is heard first. */
  readonly watch: (signal: AbortSignal) => void;
  /** Works off what is queued, until the signal comes and what is under way has ended. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  /** Resolves after so many milliseconds, or when policies have changed and have then been quiet for a moment, or with the signal. */
  readonly untilDue: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Called with what made a sweep fail. */
  readonly failed: (error: unknown) => void;
  /** Between two sweeps where no policy changes. Milliseconds. */
  readonly resync: number;
}

/** After a sweep that failed. Milliseconds. */
const TRY_AGAIN = 10_000;

/**
 *     sweep ── watch ─ … ─ changes ─ …
 *       └──── work ─ … ─ sweep again: policies changed, or it is time ─ …
 *
 * The watch lists what there is, so that what changed during the first sweep is not lost: it has another version than the one that was swept.
 */
export async function synchronise(needs: SynchronizerNeeds, signal: AbortSignal): Promise<void> {
  const working = needs.work(signal);
  let isWatching = false;
  while (!signal.aborted) {
    let pause = needs.resync;
    try {
      await needs.sweep(signal);
      if (!isWatching && !signal.aborted) needs.watch(signal);
      isWatching = true;
    } catch (error) {
      if (signal.aborted) break;
      needs.failed(error);
      pause = TRY_AGAIN;
    }
    await needs.untilDue(pause, signal);
  }
  await working;
}
