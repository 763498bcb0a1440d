import type { SecretRecord, Version } from './record.ts';

/** Of keys that are gone: those that were changed last. Whoever writes new ones all the time does not make the record grow. */
const MAX_REMOVED_KEYS = 500;

/** When each key was last seen to change, this version included. */
export function lastChangedWith(
  before: SecretRecord['lastChanged'],
  { keys, time, data }: Version,
): ReadonlyMap<string, Date> {
  const lastChanged = new Map(before);
  for (const key of keys) {
    // Again at the end: in the order of their last change.
    lastChanged.delete(key);
    lastChanged.set(key, time);
  }
  const removed = [...lastChanged.keys()].filter((key) => data?.has(key) !== true);
  for (const key of removed.slice(0, -MAX_REMOVED_KEYS)) lastChanged.delete(key);
  return lastChanged;
}
