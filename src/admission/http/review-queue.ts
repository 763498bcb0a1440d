/** A review that has arrived and is not judged yet. */
export interface QueuedReview {
  /** Its namespace. Asked only where others wait as well. */
  readonly namespace: () => string;
  /** From then on nobody waits for the answer. Milliseconds of the clock. */
  readonly deadline: number;
  /** Judges it, before it returns. Never throws. */
  readonly run: () => void;
  /** Called instead of `take` where its turn does not come in time. */
  readonly onExpired: () => void;
}

export interface ReviewQueue {
  /** It waits from now on; the result takes it out of the line. */
  readonly add: (turn: QueuedReview) => () => void;
}

/** After so much judging the sockets are read, so that everybody who has come by then is in the line. Milliseconds. */
const SLICE_MS = 10;
/**
 * Where others wait, a review that was not begun so long before its caller gives up is answered without it: the one before it and the answers of others take as
 * much. Milliseconds.
 */
const HEADROOM_MS = 500;
/** A review that took longer is costly: the sockets get a moment, because a handshake takes several rounds. Milliseconds. */
const COSTLY_MS = 50;
const PAUSE_MS = 5;

interface NamespaceQueue {
  readonly waiting: Set<QueuedReview>;
  /** The time that its reviews have taken so far, on the same scale as those of the others. Milliseconds. */
  spentMs: number;
}

/**
 * Reviews are judged one after the other, whichever namespace has had the least time first. So a namespace that writes Secrets of the highest cost waits for itself, and
 * another one for a single review of it. `clock` in milliseconds; `later` calls the work after that many of them, and for 0 once the sockets were read.
 */
export function reviewQueue(
  clock: () => number,
  defer: (runSlice: () => void, after: number) => void = deferWork,
): ReviewQueue {
  /** Those whose namespace was not asked for yet. */
  const ungrouped = new Set<QueuedReview>();
  const namespaceQueues = new Map<string, NamespaceQueue>();
  /** The time that the last group had spent: a new one begins there, and not with all the time that was there before it. */
  let baselineMs = 0;
  let isScheduled = false;

  function schedule(after: number): void {
    isScheduled = true;
    defer(work, after);
  }

  function work(): void {
    isScheduled = false;
    const startedAt = clock();
    for (const turn of takeExpired(startedAt)) turn.onExpired();
    while (waitingCount() > 0) {
      const before = clock();
      next()?.();
      const now = clock();
      if (now - startedAt < SLICE_MS) continue;
      if (waitingCount() > 0) schedule(now - before < COSTLY_MS ? 0 : PAUSE_MS);
      return;
    }
  }

  /** Takes one out of the line; the result judges it. */
  function next(): (() => void) | undefined {
    const [first] = ungrouped;
    // Alone, as nearly every review is.
    if (first !== undefined && waitingCount() === 1) {
      ungrouped.delete(first);
      return first.run;
    }
    for (const turn of ungrouped) enqueue(turn);
    ungrouped.clear();
    const [name, group] = leastServed() ?? [];
    const [turn] = group?.waiting ?? [];
    if (name === undefined || group === undefined || turn === undefined) return undefined;
    return () => {
      const begun = clock();
      baselineMs = group.spentMs;
      turn.run();
      group.spentMs += clock() - begun;
      dequeue(name, group, turn);
    };
  }

  function enqueue(turn: QueuedReview): void {
    const name = turn.namespace();
    const group = namespaceQueues.get(name) ?? { waiting: new Set(), spentMs: baselineMs };
    namespaceQueues.set(name, group);
    group.waiting.add(turn);
  }

  function dequeue(name: string, group: NamespaceQueue, turn: QueuedReview): void {
    group.waiting.delete(turn);
    if (group.waiting.size === 0) namespaceQueues.delete(name);
  }

  function leastServed(): readonly [string, NamespaceQueue] | undefined {
    let leastServedQueue: readonly [string, NamespaceQueue] | undefined;
    for (const entry of namespaceQueues)
      if (leastServedQueue === undefined || entry[1].spentMs < leastServedQueue[1].spentMs)
        leastServedQueue = entry;
    return leastServedQueue;
  }

  function takeExpired(now: number): readonly QueuedReview[] {
    const all = [...ungrouped, ...[...namespaceQueues.values()].flatMap(({ waiting }) => [...waiting])];
    const headroom = all.length > 1 ? HEADROOM_MS : 0;
    const expired = all.filter(({ deadline: until }) => until - headroom <= now);
    for (const turn of expired) remove(turn);
    return expired;
  }

  function remove(turn: QueuedReview): void {
    if (ungrouped.delete(turn)) return;
    for (const [name, group] of namespaceQueues) if (group.waiting.has(turn)) dequeue(name, group, turn);
  }

  const waitingCount = (): number =>
    [...namespaceQueues.values()].reduce((sum, { waiting }) => sum + waiting.size, ungrouped.size);

  return {
    add: (turn) => {
      ungrouped.add(turn);
      if (!isScheduled) schedule(0);
      return () => remove(turn);
    },
  };
}

function deferWork(work: () => void, after: number): void {
  if (after === 0) setImmediate(work);
  else setTimeout(work, after);
}
