import type { SecretRecord, Version } from './record.ts';

/**
 * The record keeps the removed keys that changed last. A writer that always uses new names can't make the record grow.
 */
const MAX_REMOVED_KEYS = 500;

/** The time of the last observed change of each key, this version included. */
export function lastChangedWith(
  before: SecretRecord['lastChanged'],
  { keys, time, data }: Version,
): ReadonlyMap<string, Date> {
  const lastChanged = new Map(before);
  for (const key of keys) {
    // Moves the key to the end: the map is in the order of the last changes.
    lastChanged.delete(key);
    lastChanged.set(key, time);
  }
  const removed = [...lastChanged.keys()].filter((key) => data?.has(key) !== true);
  for (const key of removed.slice(0, -MAX_REMOVED_KEYS)) lastChanged.delete(key);
  return lastChanged;
}
