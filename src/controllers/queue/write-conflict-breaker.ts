/** Secrets that somebody writes against lockstep: each puts back what the other one changed, without end. */
export interface WriteConflictBreaker<Key> {
  /** Lockstep has changed it. `now`: milliseconds from any start, here as below. */
  readonly recordWrite: (key: Key, now: number) => void;
  /** False while it is suspended. */
  readonly mayWrite: (key: Key, now: number) => boolean;
  /** It is gone; one that is made anew begins anew. */
  readonly forget: (key: Key) => void;
}

export interface WriteConflictBreakerNeeds<Key> {
  /** Called once when it begins to be suspended. */
  readonly onSuspended: (key: Key) => void;
  /** Called once when it no longer is. */
  readonly onResumed: (key: Key) => void;
}

/** Of one Secret within the time below. A rotation with all its steps takes three. */
const MAX_WRITES = 5;
const WINDOW_MS = 10 * 60 * 1000;
/** By then whoever writes against lockstep may have been stopped. */
const SUSPENDED_MS = 60 * 60 * 1000;

/** What is no longer of use goes when any key is next asked for, so that no more is held than what was written in an hour. */
export function writeConflictBreaker<Key extends string>(
  needs: WriteConflictBreakerNeeds<Key>,
): WriteConflictBreaker<Key> {
  /** The times of the last writes; the key that was written last comes last. */
  const writes = new Map<Key, readonly number[]>();
  /** Since when; the key that was suspended last comes last. */
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
    if (suspended.delete(key)) needs.onResumed(key);
  }

  return {
    recordWrite: (key, now) => {
      expire(now);
      if (suspended.has(key)) return;
      const recent = (writes.get(key) ?? []).filter((time) => now - time < WINDOW_MS);
      writes.delete(key);
      if (recent.length < MAX_WRITES) {
        writes.set(key, [...recent, now]);
        return;
      }
      suspended.set(key, now);
      needs.onSuspended(key);
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
