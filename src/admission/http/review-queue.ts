import { AgeList, AgeListEntry } from './age-list.ts';
import { HeldAnswers } from './held-answers.ts';

/** A review that arrived and is not validated yet. */
export interface QueuedReview {
  /** Called only if other reviews wait too. */
  readonly namespace: () => string;
  /** The time after which the caller no longer waits, in milliseconds of the clock. */
  readonly deadline: number;
  /** Its body is large, so it may take much longer than others. */
  readonly isLarge?: boolean;
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

class WaitingReview extends AgeListEntry {
  readonly review: QueuedReview;
  /** Set as soon as the namespace is read. */
  group: NamespaceQueue | undefined;

  constructor(review: QueuedReview) {
    super();
    this.review = review;
  }
}

/** An answer waits at most this long for those of the next small reviews, and for no large one. */
const HOLD_MS = 1;

interface NamespaceQueue {
  readonly name: string;
  readonly waiting: AgeList<WaitingReview>;
  /** The time that the reviews of this namespace have taken so far, on the same scale for all namespaces. */
  spentMs: number;
}

/**
 * Runs reviews one after the other. The namespace that has used the least time is next. So a namespace with costly
 * Secrets delays itself, and another one by at most one review.
 *
 * The answers of a slice are sent together, see `HeldAnswers`.
 *
 * `clock` returns milliseconds. `defer` calls the work after `after` milliseconds; with 0, as soon as the sockets were
 * read.
 */
export function reviewQueue(
  clock: () => number,
  defer: (runSlice: () => void, after: number) => void = deferWork,
  answers: HeldAnswers = new HeldAnswers(),
): ReviewQueue {
  /** Reviews whose namespace is not read yet. */
  const ungrouped = new AgeList<WaitingReview>();
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
    answers.hold();
    runSlice();
    answers.sendAndStop();
  }

  function runSlice(): void {
    const startedAt = clock();
    expire(startedAt);
    let before = startedAt;
    let heldSince = startedAt;
    while (waiting > 0) {
      runNext(before);
      const now = clock();
      if (now - startedAt >= SLICE_MS) {
        if (waiting > 0) schedule(now - before < COSTLY_MS ? 0 : PAUSE_MS);
        return;
      }
      if (now - heldSince >= HOLD_MS) {
        answers.send();
        heldSince = now;
      }
      before = now;
    }
  }

  /** Removes one review from the queue, and answers it. */
  function runNext(now: number): void {
    const first = ungrouped.oldest;
    // Nearly every review is alone.
    if (first !== undefined && waiting === 1) {
      remove(first);
      run(first);
      return;
    }
    ungrouped.forEach(group);
    const least = leastServed();
    const turn = least?.waiting.oldest;
    if (least === undefined || turn === undefined) return;
    baselineMs = least.spentMs;
    run(turn);
    least.spentMs += clock() - now;
    remove(turn);
  }

  function run({ review }: WaitingReview): void {
    if (review.isLarge) answers.send();
    review.run();
  }

  function group(turn: WaitingReview): void {
    const name = turn.review.namespace();
    const queue = namespaceQueues.get(name) ?? { name, waiting: new AgeList(), spentMs: baselineMs };
    namespaceQueues.set(name, queue);
    ungrouped.delete(turn);
    turn.group = queue;
    queue.waiting.add(turn);
  }

  function leastServed(): NamespaceQueue | undefined {
    let result: NamespaceQueue | undefined;
    for (const queue of namespaceQueues.values())
      if (result === undefined || queue.spentMs < result.spentMs) result = queue;
    return result;
  }

  function expire(now: number): void {
    const latest = now + (waiting > 1 ? HEADROOM_MS : 0);
    const expired: WaitingReview[] = [];
    const check = (turn: WaitingReview): void => {
      if (turn.review.deadline <= latest) expired.push(turn);
    };
    ungrouped.forEach(check);
    for (const { waiting: grouped } of namespaceQueues.values()) grouped.forEach(check);
    for (const turn of expired) remove(turn);
    for (const turn of expired) turn.review.onExpired();
  }

  function remove(turn: WaitingReview): void {
    const queue = turn.group;
    if (!(queue?.waiting ?? ungrouped).delete(turn)) return;
    waiting -= 1;
    if (queue?.waiting.size === 0) namespaceQueues.delete(queue.name);
  }

  return {
    add: (review) => {
      const turn = new WaitingReview(review);
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
