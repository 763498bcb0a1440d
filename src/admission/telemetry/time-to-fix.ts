import type { ReviewResult } from '../review/webhook.ts';
import { boundedMap } from './bounded-map.ts';

/** Names and versions only. */
const MAX_ENTRIES = 10_000;
/** Digits of a 64-bit number. A caller who is not the API server may send megabytes. */
const MAX_VERSION_LENGTH = 20;

interface FirstDenial {
  readonly timeMs: number;
  /** What was stored then. Another version now tells that a write in between was another replica's. */
  readonly storedVersion: string;
}

/**
 * How long a Secret that was refused took to be written after all, in milliseconds: from the first denial to the next judged write that goes in.
 *
 *     denied ── denied ── allowed            the time between the first and the last
 *     denied ── (allowed elsewhere) ── allowed   nothing: the stored version is no more what it was
 *
 * `clock`: milliseconds from any start.
 */
export function timeToFixTracker(clock: () => number): (outcome: ReviewResult) => number | undefined {
  const firstDenials = boundedMap<FirstDenial>(MAX_ENTRIES);
  return ({ webhook, review, answer }) => {
    if (webhook !== 'validate' || answer.verdict === 'passed' || review.dryRun || review.name === '') {
      return undefined;
    }
    const { storedVersion } = review;
    if (storedVersion.length > MAX_VERSION_LENGTH) return undefined;
    const id = `${review.namespace}/${review.name}`;
    const previous = firstDenials.get(id);
    const firstDenial = previous?.storedVersion === storedVersion ? previous : undefined;
    if (answer.verdict === 'denied') {
      if (firstDenial === undefined) firstDenials.set(id, { timeMs: clock(), storedVersion });
      return undefined;
    }
    firstDenials.delete(id);
    return firstDenial === undefined ? undefined : clock() - firstDenial.timeMs;
  };
}
