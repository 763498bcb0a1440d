/** Detects Secrets that another client and lockstep overwrite in turn, without end. */
export interface WriteConflictBreaker<Key> {
  /**
   * lockstep has written the Secret. Returns true if it is suspended from now on. `now` is monotonic, in milliseconds,
   * here and below.
   */
  readonly recordWrite: (key: Key, now: number) => boolean;
  /** False while the Secret is suspended. */
  readonly mayWrite: (key: Key, now: number) => boolean;
  /** The Secret is gone. A new one of the same name starts without a history. */
  readonly forget: (key: Key) => void;
}

/** The writes of one Secret that are allowed within the window. A rotation with all its steps takes three. */
const MAX_WRITES = 5;
const WINDOW_MS = 10 * 60 * 1000;
/** An operator may have stopped the other client after this time. */
const SUSPENDED_MS = 60 * 60 * 1000;

/**
 * Each call removes expired entries of all keys. The memory is therefore limited to the writes of one hour. `onResumed`
 * is called once when a suspension ends.
 */
export function writeConflictBreaker<Key extends string>(
  onResumed: (key: Key) => void,
): WriteConflictBreaker<Key> {
  /** The times of the last writes. The most recently written key is last. */
  const writes = new Map<Key, readonly number[]>();
  /** The start of each suspension. The most recently suspended key is last. */
  const suspended = new Map<Key, number>();

  function expire(now: number): void {
    for (const [key, times] of writes) {
      if (now - times.at(-1)! < WINDOW_MS) break;
      writes.delete(key);
    }
    for (const [key, since] of suspended) {
      if (now - since < SUSPENDED_MS) break;
      resume(key);
    }
  }

  function resume(key: Key): void {
    if (suspended.delete(key)) onResumed(key);
  }

  return {
    recordWrite: (key, now) => {
      expire(now);
      if (suspended.has(key)) return false;
      const recent = (writes.get(key) ?? []).filter((time) => now - time < WINDOW_MS);
      writes.delete(key);
      if (recent.length < MAX_WRITES) {
        writes.set(key, [...recent, now]);
        return false;
      }
      suspended.set(key, now);
      return true;
    },
    mayWrite: (key, now) => {
      expire(now);
      return !suspended.has(key);
    },
    forget: (key) => {
      writes.delete(key);
      resume(key);
    },
  };
}
