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
  readonly name: string;
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
  /** The number of reviews in the queue. The one that runs is among them. */
  let waiting = 0;

  function schedule(after: number): void {
    isScheduled = true;
    defer(work, after);
  }

  function work(): void {
    isScheduled = false;
    const startedAt = clock();
    expire(startedAt);
    let before = startedAt;
    while (waiting > 0) {
      runNext(before);
      const now = clock();
      if (now - startedAt >= SLICE_MS) {
        if (waiting > 0) schedule(now - before < COSTLY_MS ? 0 : PAUSE_MS);
        return;
      }
      before = now;
    }
  }

  /** Removes one review from the queue, and answers it. */
  function runNext(now: number): void {
    // Nearly every review is alone.
    if (waiting === 1 && ungrouped.size === 1) {
      const [alone] = ungrouped;
      ungrouped.clear();
      waiting = 0;
      alone?.run();
      return;
    }
    for (const turn of ungrouped) enqueue(turn);
    ungrouped.clear();
    const group = leastServed();
    const [turn] = group?.waiting ?? [];
    if (group === undefined || turn === undefined) return;
    baselineMs = group.spentMs;
    turn.run();
    group.spentMs += clock() - now;
    dequeue(group, turn);
  }

  function enqueue(turn: QueuedReview): void {
    const name = turn.namespace();
    const group = namespaceQueues.get(name) ?? { name, waiting: new Set(), spentMs: baselineMs };
    namespaceQueues.set(name, group);
    group.waiting.add(turn);
  }

  function dequeue(group: NamespaceQueue, turn: QueuedReview): void {
    if (!group.waiting.delete(turn)) return;
    waiting -= 1;
    if (group.waiting.size === 0) namespaceQueues.delete(group.name);
  }

  function leastServed(): NamespaceQueue | undefined {
    let result: NamespaceQueue | undefined;
    for (const group of namespaceQueues.values())
      if (result === undefined || group.spentMs < result.spentMs) result = group;
    return result;
  }

  function expire(now: number): void {
    const latest = now + (waiting > 1 ? HEADROOM_MS : 0);
    const expired: QueuedReview[] = [];
    for (const turn of ungrouped) if (turn.deadline <= latest) expired.push(turn);
    for (const group of namespaceQueues.values())
      for (const turn of group.waiting) if (turn.deadline <= latest) expired.push(turn);
    for (const turn of expired) remove(turn);
    for (const turn of expired) turn.onExpired();
  }

  function remove(turn: QueuedReview): void {
    if (ungrouped.delete(turn)) waiting -= 1;
    else for (const group of namespaceQueues.values()) dequeue(group, turn);
  }

  return {
    add: (turn) => {
      ungrouped.add(turn);
      waiting += 1;
      if (!isScheduled) schedule(0);
      return () => remove(turn);
    },
  };
}

function deferWork(work: () => void, after: number): void {
  if (after === 0) setImmediate(work);
  else setTimeout(work, after);
}
