import { type FifoSet, fifoSet } from './fifo-set.ts';

export interface LimitedQueue<Key> {
  /** The key waits for its group. Adding it twice has no effect. */
  readonly add: (key: Key, group: string) => void;
  /** A key whose work may start now. */
  readonly next: () => { readonly key: Key; readonly group: string } | undefined;
  /** The work of one key of the group has ended. */
  readonly finished: (group: string) => void;
  readonly has: (key: Key) => boolean;
  readonly delete: (key: Key) => void;
  /** The number of waiting keys. */
  readonly length: () => number;
  /** The number of keys in work. */
  readonly running: () => number;
}

/**
 * `each` limits the keys in work of one group, and `all` those of all groups. Groups are served in turn, however many
 * keys wait.
 */
export function limitedQueue<Key>({
  each: perGroup,
  all: total,
}: {
  readonly each: number;
  readonly all: number;
}): LimitedQueue<Key> {
  const waiting = new Map<string, FifoSet<Key>>();
  const groupByKey = new Map<Key, string>();
  const runningByGroup = new Map<string, number>();
  /** Groups with a waiting key that may start, as soon as the total limit allows it. */
  const readyGroups = fifoSet<string>();
  let running = 0;

  const runningIn = (group: string): number => runningByGroup.get(group) ?? 0;

  function start(group: string): void {
    runningByGroup.set(group, runningIn(group) + 1);
    running += 1;
  }

  function add(key: Key, group: string): void {
    if (groupByKey.has(key)) return;
    const keys = waiting.get(group) ?? fifoSet<Key>();
    waiting.set(group, keys);
    keys.add(key);
    groupByKey.set(key, group);
    updateReady(group);
  }

  function updateReady(group: string): void {
    if (!waiting.has(group) || runningIn(group) >= perGroup) readyGroups.delete(group);
    else readyGroups.add(group);
  }

  function remove(key: Key, group: string): void {
    const keys = waiting.get(group);
    keys?.delete(key);
    groupByKey.delete(key);
    if (keys?.length() === 0) waiting.delete(group);
    updateReady(group);
  }

  return {
    add,
    next: () => {
      const group = running < total ? readyGroups.take() : undefined;
      const key = group === undefined ? undefined : waiting.get(group)?.take();
      if (group === undefined || key === undefined) return undefined;
      start(group);
      remove(key, group);
      return { key, group };
    },
    finished: (group) => {
      running -= 1;
      const remaining = runningIn(group) - 1;
      if (remaining > 0) runningByGroup.set(group, remaining);
      else runningByGroup.delete(group);
      updateReady(group);
    },
    has: (key) => groupByKey.has(key),
    delete: (key) => {
      const group = groupByKey.get(key);
      if (group !== undefined) remove(key, group);
    },
    length: () => groupByKey.size,
    running: () => running,
  };
}
