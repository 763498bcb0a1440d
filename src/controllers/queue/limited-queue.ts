import { type Line, line } from './fifo-set.ts';

export interface Lanes<Key> {
  /** It waits here for its lane, once. */
  readonly add: (key: Key, lane: string) => void;
  /** One that may be begun now. */
  readonly next: () => { readonly key: Key; readonly lane: string } | undefined;
  /** What was begun in that lane has ended. */
  readonly left: (lane: string) => void;
  readonly has: (key: Key) => boolean;
  readonly delete: (key: Key) => void;
  /** How many wait. */
  readonly length: () => number;
  /** How many are under way. */
  readonly busy: () => number;
}

/** `each`: so many are under way in one lane at most, `all`: in all of them. Lanes take turns, whoever has the most that waits. */
export function lanes<Key>({ each, all }: { readonly each: number; readonly all: number }): Lanes<Key> {
  const waiting = new Map<string, Line<Key>>();
  const laneOf = new Map<Key, string>();
  const underWay = new Map<string, number>();
  /** Those in which something waits and may be begun, as soon as not all are busy. */
  const open = line<string>();
  let busy = 0;

  const countIn = (lane: string): number => underWay.get(lane) ?? 0;

  function begin(lane: string): void {
    underWay.set(lane, countIn(lane) + 1);
    busy += 1;
  }

  function add(key: Key, lane: string): void {
    if (laneOf.has(key)) return;
    const its = waiting.get(lane) ?? line<Key>();
    waiting.set(lane, its);
    its.add(key);
    laneOf.set(key, lane);
    reopen(lane);
  }

  function reopen(lane: string): void {
    if (!waiting.has(lane) || countIn(lane) >= each) open.delete(lane);
    else open.add(lane);
  }

  function remove(key: Key, lane: string): void {
    const its = waiting.get(lane);
    its?.delete(key);
    laneOf.delete(key);
    if (its?.length() === 0) waiting.delete(lane);
    reopen(lane);
  }

  return {
    add,
    next: () => {
      const lane = busy < all ? open.take() : undefined;
      const key = lane === undefined ? undefined : waiting.get(lane)?.take();
      if (lane === undefined || key === undefined) return undefined;
      begin(lane);
      remove(key, lane);
      return { key, lane };
    },
    left: (lane) => {
      busy -= 1;
      const left = countIn(lane) - 1;
      if (left > 0) underWay.set(lane, left);
      else underWay.delete(lane);
      reopen(lane);
    },
    has: (key) => laneOf.has(key),
    delete: (key) => {
      const lane = laneOf.get(key);
      if (lane !== undefined) remove(key, lane);
    },
    length: () => laneOf.size,
    busy: () => busy,
  };
}
