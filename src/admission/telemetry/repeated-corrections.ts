import type { Change } from '../../engine/review/evaluation/decision.ts';
import type { ReviewResult } from '../review/webhook.ts';
import { boundedMap } from './bounded-map.ts';

/**
 * A correction of a key that this process corrected shortly before. The source of the Secret, such as a Git repository,
 * holds the wrong value.
 */
export interface RepeatedCorrection {
  readonly key: string;
  readonly reason: Change['reason'];
  /** Corrections so far, without a pause of a day between two of them. At least 2. */
  readonly times: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** The entries are names, so all of them take at most about 2 MB. */
const MAX_ENTRIES = 10_000;

/** `clock` returns milliseconds from any start. */
export function repeatedCorrectionTracker(
  clock: () => number,
): (outcome: ReviewResult) => readonly RepeatedCorrection[] {
  const lastCorrections = boundedMap<{ readonly at: number; readonly times: number }>(MAX_ENTRIES);
  return ({ review, answer }) => {
    if (review.dryRun || review.name === '') return [];
    return correctionsIn(answer.decision?.changes).flatMap(({ key, reason }) => {
      const id = `${review.namespace}/${review.name}/${key}`;
      const previous = lastCorrections.get(id);
      const nowMs = clock();
      const times = previous !== undefined && nowMs - previous.at < DAY_MS ? previous.times + 1 : 1;
      lastCorrections.set(id, { at: nowMs, times });
      return times === 1 ? [] : [{ key, reason, times }];
    });
  };
}

/** An absent key was not wrong. A derived key does not belong in a repository, and lockstep adds it at each write. */
export function correctionsIn(changes: readonly Change[] = []): readonly Change[] {
  return changes.filter(({ reason }) => reason !== 'derived');
}
