import type { Change } from '../../engine/evaluation/decision.ts';
import type { ReviewResult } from '../review/webhook.ts';
import { boundedMap } from './bounded-map.ts';

/** A correction of a key that this process corrected not long before: whoever writes the Secret holds the wrong value, a Git repository for example. */
export interface RepeatedCorrection {
  readonly key: string;
  readonly reason: Change['reason'];
  /** How often by now, in a row without a pause of a day. 2 or more. */
  readonly times: number;
}

/** Milliseconds. */
const DAY_MS = 24 * 60 * 60 * 1000;
/** Names only, so about 2 MB at the most. */
const MAX_ENTRIES = 10_000;

/** `clock`: milliseconds from any start. */
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

/** A key that was absent was not wrong: a derived key belongs into no repository, and is added at each write. */
export function correctionsIn(changes: readonly Change[] = []): readonly Change[] {
  return changes.filter(({ reason }) => reason !== 'derived');
}
