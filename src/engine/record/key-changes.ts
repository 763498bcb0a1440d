import type { SecretRecord, Version } from './record.ts';

/** Of keys that are gone: those that were changed last. Whoever writes new ones all the time does not make the record grow. */
const MOST_GONE = 500;

/** When each key was last seen to change, this version included. */
export function changedWith(
  before: SecretRecord['changed'],
  { keys, time, data }: Version,
): ReadonlyMap<string, Date> {
  const changed = new Map(before);
  for (const key of keys) {
    // Again at the end: in the order of their last change.
    changed.delete(key);
    changed.set(key, time);
  }
  const gone = [...changed.keys()].filter((key) => data?.has(key) !== true);
  for (const key of gone.slice(0, -MOST_GONE)) changed.delete(key);
  return changed;
}
