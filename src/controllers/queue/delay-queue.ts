/**
 * Keys by the time at which each is due. If a key has several times, the earliest counts. All operations take
 * logarithmic time.
 */
export interface DelayQueue<Key> {
  readonly add: (key: Key, at: number) => void;
  readonly delete: (key: Key) => void;
  /** The time at which the next key is due. */
  readonly next: () => number | undefined;
  /** Removes and returns the key that is due first, if it is due at `now`. */
  readonly take: (now: number) => Key | undefined;
}

interface HeapEntry<Key> {
  readonly key: Key;
  readonly at: number;
}

/** A binary heap that knows the position of each key, so no key is in it twice. */
export function delayQueue<Key>(): DelayQueue<Key> {
  const heap: HeapEntry<Key>[] = [];
  const positions = new Map<Key, number>();

  function put(entry: HeapEntry<Key>, index: number): void {
    heap[index] = entry;
    positions.set(entry.key, index);
  }

  function siftUp(entry: HeapEntry<Key>, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (parent.at <= entry.at) break;
      put(parent, index);
      index = parentIndex;
    }
    put(entry, index);
  }

  function siftDown(entry: HeapEntry<Key>, from: number): void {
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex + 1 < heap.length && heap[childIndex + 1]!.at < heap[childIndex]!.at) childIndex += 1;
      const child = heap[childIndex];
      if (child === undefined || entry.at <= child.at) break;
      put(child, index);
      index = childIndex;
    }
    put(entry, index);
  }

  function remove(key: Key): void {
    const index = positions.get(key);
    if (index === undefined) return;
    positions.delete(key);
    const last = heap.pop()!;
    if (index === heap.length) return;
    // The moved key comes from another branch, so it may belong above or below.
    if (index > 0 && last.at < heap[(index - 1) >> 1]!.at) siftUp(last, index);
    else siftDown(last, index);
  }

  return {
    add: (key, at) => {
      const index = positions.get(key);
      if (index === undefined) siftUp({ key, at }, heap.length);
      else if (at < heap[index]!.at) siftUp({ key, at }, index);
    },
    delete: remove,
    next: () => heap[0]?.at,
    take: (now) => {
      const [first] = heap;
      if (first === undefined || first.at > now) return undefined;
      remove(first.key);
      return first.key;
    },
  };
}
