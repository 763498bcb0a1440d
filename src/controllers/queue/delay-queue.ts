/** Keys by the time at which each is due; of one key the earliest counts. All of it in logarithmic time. */
export interface Schedule<Key> {
  readonly add: (key: Key, at: number) => void;
  readonly delete: (key: Key) => void;
  /** When the next one is due. */
  readonly next: () => number | undefined;
  /** Takes out the one that is due first, where it is due by `now`. */
  readonly take: (now: number) => Key | undefined;
}

interface Entry<Key> {
  readonly key: Key;
  readonly at: number;
}

/** A binary heap that knows where each key lies, so that none is in it twice. */
export function schedule<Key>(): Schedule<Key> {
  const heap: Entry<Key>[] = [];
  const places = new Map<Key, number>();

  function put(entry: Entry<Key>, place: number): void {
    heap[place] = entry;
    places.set(entry.key, place);
  }

  function rise(entry: Entry<Key>, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      if (parent.at <= entry.at) break;
      put(parent, place);
      place = above;
    }
    put(entry, place);
  }

  function sink(entry: Entry<Key>, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below += 1;
      const child = heap[below];
      if (child === undefined || entry.at <= child.at) break;
      put(child, place);
      place = below;
    }
    put(entry, place);
  }

  function remove(key: Key): void {
    const place = places.get(key);
    if (place === undefined) return;
    places.delete(key);
    const last = heap.pop()!;
    if (place === heap.length) return;
    // It comes from another branch, so it may belong above as well as below.
    if (place > 0 && last.at < heap[(place - 1) >> 1]!.at) rise(last, place);
    else sink(last, place);
  }

  return {
    add: (key, at) => {
      const place = places.get(key);
      if (place === undefined) rise({ key, at }, heap.length);
      else if (at < heap[place]!.at) rise({ key, at }, place);
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
