import type { ReviewResult } from '../review/webhook.ts';
import { boundedMap } from './bounded-map.ts';

/** Names and versions only. */
const MAX_ENTRIES = 10_000;
/** A 64-bit number has at most 20 digits. A caller that is not the API server may send megabytes. */
const MAX_VERSION_LENGTH = 20;

interface FirstDenial {
  readonly timeMs: number;
  /**
   * The resourceVersion at the time of the denial. Another one shows that another replica answered a write in between.
   */
  readonly storedVersion: string;
}

/**
 * Measures the time to fix a refused Secret, in milliseconds. It runs from the first denial to the next validated write
 * that is allowed.
 *
 *     denied ── denied ── allowed                the time between the first and the last
 *     denied ── (allowed elsewhere) ── allowed   nothing: the stored version is another one
 *
 * `clock` returns milliseconds from any start.
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
