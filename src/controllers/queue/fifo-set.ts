/** Keys that wait their turn; none of them twice. All of it in constant time, however many there are. */
export interface FifoSet<Key> {
  readonly add: (key: Key) => void;
  readonly delete: (key: Key) => void;
  readonly has: (key: Key) => boolean;
  readonly take: () => Key | undefined;
  readonly length: () => number;
}

export function fifoSet<Key>(): FifoSet<Key> {
  const keys = new Set<Key>();
  /** One that goes on: each new one would have to pass by all that was deleted at the front. It sees what is added later, but not once it has ended. */
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
