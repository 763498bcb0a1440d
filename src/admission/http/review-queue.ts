/** A review that arrived and is not validated yet. */
export interface QueuedReview {
  /** Called only if other reviews wait too. */
  readonly namespace: () => string;
  /** The time after which the caller no longer waits, in milliseconds of the clock. */
  readonly deadline: number;
  /** Answers the review before it returns. It never throws. */
  readonly run: () => void;
  /** Called instead of `run` if the turn of the review does not come in time. */
  readonly onExpired: () => void;
}

export interface ReviewQueue {
  /** Queues the review. The result removes it from the queue. */
  readonly add: (turn: QueuedReview) => () => void;
}

/** After this time of work the sockets are read, so that every review that has arrived is in the queue. */
const SLICE_MS = 10;
/**
 * If other reviews wait, a review expires this long before its caller gives up. The review before it and the answers of
 * others may take this time.
 */
const HEADROOM_MS = 500;
/** A review that took longer is costly. Then the sockets get a moment, because a handshake takes several rounds. */
const COSTLY_MS = 50;
const PAUSE_MS = 5;

interface NamespaceQueue {
  readonly waiting: Set<QueuedReview>;
  /** The time that the reviews of this namespace have taken so far, on the same scale for all namespaces. */
  spentMs: number;
}

/**
 * Runs reviews one after the other. The namespace that has used the least time is next. So a namespace with costly
 * Secrets delays itself, and another one by at most one review.
 *
 * `clock` returns milliseconds. `defer` calls the work after `after` milliseconds; with 0, as soon as the sockets were
 * read.
 */
export function reviewQueue(
  clock: () => number,
  defer: (runSlice: () => void, after: number) => void = deferWork,
): ReviewQueue {
  /** Reviews whose namespace is not read yet. */
  const ungrouped = new Set<QueuedReview>();
  const namespaceQueues = new Map<string, NamespaceQueue>();
  /**
   * The time that the last namespace had used. A new namespace starts with it, so that it does not get all the earlier
   * time.
   */
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

  /** Removes one review from the queue. The result answers it. */
  function next(): (() => void) | undefined {
    const [first] = ungrouped;
    // Nearly every review is alone.
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
