/** A review that has arrived and is not judged yet. */
export interface Turn {
  /** Its namespace. Asked only where others wait as well. */
  readonly group: () => string;
  /** From then on nobody waits for the answer. Milliseconds of the clock. */
  readonly until: number;
  /** Judges it, before it returns. Never throws. */
  readonly take: () => void;
  /** Called instead of `take` where its turn does not come in time. */
  readonly giveUp: () => void;
}

export interface Turns {
  /** It waits from now on; the result takes it out of the line. */
  readonly add: (turn: Turn) => () => void;
}

/** After so much judging the sockets are read, so that everybody who has come by then is in the line. Milliseconds. */
const SLICE = 10;
/**
 * Where others wait, a review that was not begun so long before its caller gives up is answered without it: the one before it and the answers of others take as
 * much. Milliseconds.
 */
const HEADROOM = 500;
/** A review that took longer is costly: the sockets get a moment, because a handshake takes several rounds. Milliseconds. */
const COSTLY = 50;
const MOMENT = 5;

interface Group {
  readonly waiting: Set<Turn>;
  /** The time that its reviews have taken so far, on the same scale as those of the others. Milliseconds. */
  spent: number;
}

/**
 * Reviews are judged one after the other, whichever namespace has had the least time first. So a namespace that writes Secrets of the highest cost waits for itself, and
 * another one for a single review of it. `clock` in milliseconds; `later` calls the work after that many of them, and for 0 once the sockets were read.
 */
export function reviewTurns(
  clock: () => number,
  later: (work: () => void, after: number) => void = pause,
): Turns {
  /** Those whose namespace was not asked for yet. */
  const fresh = new Set<Turn>();
  const groups = new Map<string, Group>();
  /** The time that the last group had spent: a new one begins there, and not with all the time that was there before it. */
  let reached = 0;
  let isScheduled = false;

  function schedule(after: number): void {
    isScheduled = true;
    later(work, after);
  }

  function work(): void {
    isScheduled = false;
    const begun = clock();
    for (const turn of late(begun)) turn.giveUp();
    while (size() > 0) {
      const before = clock();
      next()?.();
      const now = clock();
      if (now - begun < SLICE) continue;
      if (size() > 0) schedule(now - before < COSTLY ? 0 : MOMENT);
      return;
    }
  }

  /** Takes one out of the line; the result judges it. */
  function next(): (() => void) | undefined {
    const [first] = fresh;
    // Alone, as nearly every review is.
    if (first !== undefined && size() === 1) {
      fresh.delete(first);
      return first.take;
    }
    for (const turn of fresh) join(turn);
    fresh.clear();
    const [name, group] = leastServed() ?? [];
    const [turn] = group?.waiting ?? [];
    if (name === undefined || group === undefined || turn === undefined) return undefined;
    return () => {
      const begun = clock();
      reached = group.spent;
      turn.take();
      group.spent += clock() - begun;
      leave(name, group, turn);
    };
  }

  function join(turn: Turn): void {
    const name = turn.group();
    const group = groups.get(name) ?? { waiting: new Set(), spent: reached };
    groups.set(name, group);
    group.waiting.add(turn);
  }

  function leave(name: string, group: Group, turn: Turn): void {
    group.waiting.delete(turn);
    if (group.waiting.size === 0) groups.delete(name);
  }

  function leastServed(): readonly [string, Group] | undefined {
    let least: readonly [string, Group] | undefined;
    for (const entry of groups) if (least === undefined || entry[1].spent < least[1].spent) least = entry;
    return least;
  }

  function late(now: number): readonly Turn[] {
    const all = [...fresh, ...[...groups.values()].flatMap(({ waiting }) => [...waiting])];
    const headroom = all.length > 1 ? HEADROOM : 0;
    const found = all.filter(({ until }) => until - headroom <= now);
    for (const turn of found) remove(turn);
    return found;
  }

  function remove(turn: Turn): void {
    if (fresh.delete(turn)) return;
    for (const [name, group] of groups) if (group.waiting.has(turn)) leave(name, group, turn);
  }

  const size = (): number =>
    [...groups.values()].reduce((sum, { waiting }) => sum + waiting.size, fresh.size);

  return {
    add: (turn) => {
      fresh.add(turn);
      if (!isScheduled) schedule(0);
      return () => remove(turn);
    },
  };
}

function pause(work: () => void, after: number): void {
  if (after === 0) setImmediate(work);
  else setTimeout(work, after);
}
