import type { RecentChange } from './record.ts';

/** The time for which a change by another writer is known. */
export const RECENT_MS = 7 * 24 * 60 * 60 * 1000;
/** The record must leave space for versions, whatever is written how often. */
const MAX_CHANGES = 20;
const MAX_KEY_NAMES = 500;

/** The recent changes with this one. The oldest ones are left out until the rest is within the limits. */
export function withRecentChange(
  before: readonly RecentChange[],
  { number, time, by, keys, recreated }: RecentChange,
): readonly RecentChange[] {
  const change = { number, time, by, keys, ...(recreated === true && { recreated }) };
  const recent = [...before, change].filter((one) => one.time.getTime() > time.getTime() - RECENT_MS);
  let names = 0;
  const tooOld = recent.findLastIndex((one) => {
    names += one.keys.length;
    return names > MAX_KEY_NAMES;
  });
  return recent.slice(tooOld + 1).slice(-MAX_CHANGES);
}
