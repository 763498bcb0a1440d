import type { Outcome } from '../review/webhook.ts';
import { recent } from './bounded-map.ts';

/** Names and versions only. */
const REMEMBERED = 10_000;
/** Digits of a 64-bit number. A caller who is not the API server may send megabytes. */
const LONGEST_VERSION = 20;

interface Refused {
  readonly at: number;
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
export function watchDenials(clock: () => number): (outcome: Outcome) => number | undefined {
  const known = recent<Refused>(REMEMBERED);
  return ({ webhook, review, answer }) => {
    if (webhook !== 'validate' || answer.verdict === 'passed' || review.dryRun || review.name === '') {
      return undefined;
    }
    const { storedVersion } = review;
    if (storedVersion.length > LONGEST_VERSION) return undefined;
    const id = `${review.namespace}/${review.name}`;
    const before = known.get(id);
    const refused = before?.storedVersion === storedVersion ? before : undefined;
    if (answer.verdict === 'denied') {
      if (refused === undefined) known.set(id, { at: clock(), storedVersion });
      return undefined;
    }
    known.delete(id);
    return refused === undefined ? undefined : clock() - refused.at;
  };
}
