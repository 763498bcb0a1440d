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

  function put(entry: HeapEntry<Key>, place: number): void {
    heap[place] = entry;
    positions.set(entry.key, place);
  }

  function siftUp(entry: HeapEntry<Key>, from: number): void {
    let place = from;
    while (place > 0) {
      const parentIndex = (place - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (parent.at <= entry.at) break;
      put(parent, place);
      place = parentIndex;
    }
    put(entry, place);
  }

  function siftDown(entry: HeapEntry<Key>, from: number): void {
    let place = from;
    for (;;) {
      let childIndex = 2 * place + 1;
      if (childIndex + 1 < heap.length && heap[childIndex + 1]!.at < heap[childIndex]!.at) childIndex += 1;
      const child = heap[childIndex];
      if (child === undefined || entry.at <= child.at) break;
      put(child, place);
      place = childIndex;
    }
    put(entry, place);
  }

  function remove(key: Key): void {
    const place = positions.get(key);
    if (place === undefined) return;
    positions.delete(key);
    const last = heap.pop()!;
    if (place === heap.length) return;
    // The moved key comes from another branch, so it may belong above or below.
    if (place > 0 && last.at < heap[(place - 1) >> 1]!.at) siftUp(last, place);
    else siftDown(last, place);
  }

  return {
    add: (key, at) => {
      const place = positions.get(key);
      if (place === undefined) siftUp({ key, at }, heap.length);
      else if (at < heap[place]!.at) siftUp({ key, at }, place);
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
