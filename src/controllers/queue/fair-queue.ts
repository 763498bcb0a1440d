import { type Line, line } from './fifo-set.ts';

/** A line in which groups take turns: a group with a thousand keys delays a key of another group by one key, not by a thousand. */
export function fairLine<Key>(groupOf: (key: Key) => string): Line<Key> {
  const groups = new Map<string, Line<Key>>();
  /** Those with a key that waits, the one whose turn is next first. */
  const turns = line<string>();
  let length = 0;

  function removed(group: string, its: Line<Key>): void {
    length -= 1;
    if (its.length() > 0) return;
    groups.delete(group);
    turns.delete(group);
  }

  return {
    add: (key) => {
      const group = groupOf(key);
      const its = groups.get(group) ?? line<Key>();
      groups.set(group, its);
      if (its.has(key)) return;
      its.add(key);
      length += 1;
      turns.add(group);
    },
    delete: (key) => {
      const group = groupOf(key);
      const its = groups.get(group);
      if (its === undefined || !its.has(key)) return;
      its.delete(key);
      removed(group, its);
    },
    has: (key) => groups.get(groupOf(key))?.has(key) ?? false,
    take: () => {
      const group = turns.take();
      const its = group === undefined ? undefined : groups.get(group);
      if (group === undefined || its === undefined) return undefined;
      const key = its.take();
      turns.add(group);
      removed(group, its);
      return key;
    },
    length: () => length,
  };
}
