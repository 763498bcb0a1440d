import type { Change } from '../../engine/evaluation/decision.ts';
import type { Outcome } from '../review/webhook.ts';
import { recent } from './bounded-map.ts';

/** A correction of a key that this process corrected not long before: whoever writes the Secret holds the wrong value, a Git repository for example. */
export interface Repeated {
  readonly key: string;
  readonly reason: Change['reason'];
  /** How often by now, in a row without a pause of a day. 2 or more. */
  readonly times: number;
}

/** Milliseconds. */
const DAY = 24 * 60 * 60 * 1000;
/** Names only, so about 2 MB at the most. */
const REMEMBERED = 10_000;

/** `clock`: milliseconds from any start. */
export function watchCorrections(clock: () => number): (outcome: Outcome) => readonly Repeated[] {
  const known = recent<{ readonly at: number; readonly times: number }>(REMEMBERED);
  return ({ review, answer }) => {
    if (review.dryRun || review.name === '') return [];
    return correctionsIn(answer.decision?.changes).flatMap(({ key, reason }) => {
      const id = `${review.namespace}/${review.name}/${key}`;
      const before = known.get(id);
      const at = clock();
      const times = before !== undefined && at - before.at < DAY ? before.times + 1 : 1;
      known.set(id, { at, times });
      return times === 1 ? [] : [{ key, reason, times }];
    });
  };
}

/** A key that was absent was not wrong: a derived key belongs into no repository, and is added at each write. */
export function correctionsIn(changes: readonly Change[] = []): readonly Change[] {
  return changes.filter(({ reason }) => reason !== 'derived');
}
