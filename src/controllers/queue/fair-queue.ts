import { type FifoSet, fifoSet } from './fifo-set.ts';

/** A queue that serves groups in turn. A group with a thousand keys delays a key of another group by one key only. */
export function fairQueue<Key>(groupOf: (key: Key) => string): FifoSet<Key> {
  const groups = new Map<string, FifoSet<Key>>();
  /** The groups with a waiting key. The first one is served next. */
  const nextGroups = fifoSet<string>();
  let length = 0;

  function onRemoved(group: string, keys: FifoSet<Key>): void {
    length -= 1;
    if (keys.length() > 0) return;
    groups.delete(group);
    nextGroups.delete(group);
  }

  return {
    add: (key) => {
      const group = groupOf(key);
      const keys = groups.get(group) ?? fifoSet<Key>();
      groups.set(group, keys);
      if (keys.has(key)) return;
      keys.add(key);
      length += 1;
      nextGroups.add(group);
    },
    delete: (key) => {
      const group = groupOf(key);
      const keys = groups.get(group);
      if (keys === undefined || !keys.has(key)) return;
      keys.delete(key);
      onRemoved(group, keys);
    },
    has: (key) => groups.get(groupOf(key))?.has(key) ?? false,
    take: () => {
      const group = nextGroups.take();
      const keys = group === undefined ? undefined : groups.get(group);
      if (group === undefined || keys === undefined) return undefined;
      const key = keys.take();
      nextGroups.add(group);
      onRemoved(group, keys);
      return key;
    },
    length: () => length,
  };
}
