/** Waiting keys in their order, without duplicates. All operations take constant time. */
export interface FifoSet<Key> {
  readonly add: (key: Key) => void;
  readonly delete: (key: Key) => void;
  readonly has: (key: Key) => boolean;
  readonly take: () => Key | undefined;
  readonly length: () => number;
}

export function fifoSet<Key>(): FifoSet<Key> {
  const keys = new Set<Key>();
  /**
   * One iterator for many calls: a new one would pass all deleted keys at the front. It sees keys that are added later,
   * until it has ended.
   */
  let iterator = keys.values();
  return {
    add: (key) => {
      keys.add(key);
    },
    delete: (key) => {
      keys.delete(key);
    },
    has: (key) => keys.has(key),
    take: () => {
      if (keys.size === 0) return undefined;
      let { value, done } = iterator.next();
      if (done) {
        iterator = keys.values();
        value = iterator.next().value;
      }
      keys.delete(value as Key);
      return value;
    },
    length: () => keys.size,
  };
}
