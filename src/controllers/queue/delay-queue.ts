/** Keys by the time at which each is due. If a key has several times, the earliest counts. */
export interface DelayQueue<Key> {
  readonly add: (key: Key, at: number) => void;
  readonly delete: (key: Key) => void;
  /** No key is due before this time. Undefined if there is no key. */
  readonly next: () => number | undefined;
  /** Removes and returns all keys that are due at `now`, in the order of their times. */
  readonly takeDue: (now: number) => readonly Key[];
}

export function delayQueue<Key>(): DelayQueue<Key> {
  const times = new Map<Key, number>();
  /** The earliest time, or an earlier one if its key was deleted. */
  let next = Number.POSITIVE_INFINITY;
  return {
    add: (key, at) => {
      times.set(key, Math.min(at, times.get(key) ?? at));
      next = Math.min(next, at);
    },
    delete: (key) => void times.delete(key),
    next: () => (times.size === 0 ? undefined : next),
    takeDue: (now) => {
      if (now < next) return [];
      const due: (readonly [Key, number])[] = [];
      next = Number.POSITIVE_INFINITY;
      for (const [key, at] of times) {
        if (at <= now) due.push([key, at]);
        else next = Math.min(next, at);
      }
      for (const [key] of due) times.delete(key);
      return due.sort(([, a], [, b]) => a - b).map(([key]) => key);
    },
  };
}
