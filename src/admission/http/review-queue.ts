import { FairQueue, WaitingTurn } from './fair-shares.ts';

/** A review that arrived and is not validated yet. */
export interface QueuedReview {
  /** See `senderOf`. */
  readonly sender: string;
  /** Called only if other reviews wait too. */
  readonly namespace: () => string;
  /** The size of its body. */
  readonly bytes: number;
  /** Whether it comes after all others. */
  readonly isLast?: boolean;
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
/** Node accepts one connection in each turn of its event loop, and an API server may open many at once. */
const TURNS_BETWEEN_SLICES = 8;
/** A review that took longer is costly. Then the sockets get a fifth of this time, also for rounds of handshakes. */
const COSTLY_MS = 50;
const PAUSE_SHARE = 0.2;
/** The worst known inputs take more. It only decides which one of several newcomers is first. */
const ESTIMATED_MS_PER_KIB = 1;
/** Otherwise small reviews that follow one another keep a large one waiting until it expires. */
const MAX_ESTIMATED_MS = 20;

class WaitingReview extends WaitingTurn {
  readonly review: QueuedReview;
  isExpired = false;

  constructor(review: QueuedReview) {
    super(Math.min((review.bytes / 1024) * ESTIMATED_MS_PER_KIB, MAX_ESTIMATED_MS));
    this.review = review;
  }
}

/**
 * Runs reviews one after the other: see `FairQueue`. So a namespace with costly Secrets delays itself, and another one
 * by at most one review.
 *
 * `clock` returns milliseconds. `defer` calls the work after `after` milliseconds. With 0, it does so as soon as the
 * sockets were read in so many turns of the event loop.
 */
export function reviewQueue(
  clock: () => number,
  defer: (runSlice: () => void, after: number, turns: number) => void = deferWork,
): ReviewQueue {
  /** Reviews whose namespace is not read yet. */
  const ungrouped = new Set<WaitingReview>();
  const first = new FairQueue<WaitingReview>();
  const last = new FairQueue<WaitingReview>();
  let isScheduled = false;
  /** The number of reviews in the queue. The one that runs is among them. */
  let waiting = 0;

  function schedule(after: number, turns: number): void {
    isScheduled = true;
    defer(runSlice, after, turns);
  }

  function runSlice(): void {
    isScheduled = false;
    const startedAt = clock();
    expire(startedAt);
    let before = startedAt;
    while (waiting > 0) {
      runNext(before);
      const now = clock();
      if (now - startedAt >= SLICE_MS) {
        const pause = now - before < COSTLY_MS ? 0 : (now - before) * PAUSE_SHARE;
        if (waiting > 0) schedule(pause, TURNS_BETWEEN_SLICES);
        return;
      }
      before = now;
    }
  }

  /** Removes one review from the queue, and answers it. */
  function runNext(now: number): void {
    const [alone] = ungrouped;
    // Nearly every review is alone.
    if (alone !== undefined && waiting === 1) {
      remove(alone);
      run(alone);
      return;
    }
    ungrouped.forEach(group);
    const queue = first.isEmpty ? last : first;
    const turn = queue.next();
    if (turn === undefined) return;
    run(turn);
    queue.charge(turn, clock() - now);
    remove(turn);
  }

  function run({ review, isExpired }: WaitingReview): void {
    if (isExpired) review.onExpired();
    else review.run();
  }

  function group(turn: WaitingReview): void {
    const { review } = turn;
    ungrouped.delete(turn);
    (review.isLast ? last : first).add(turn, review.sender, review.namespace());
  }

  /** An expired review is answered in the turn of its sender, because the answer takes time too. */
  function expire(now: number): void {
    const latest = now + (waiting > 1 ? HEADROOM_MS : 0);
    const isExpired = (turn: WaitingReview): boolean => {
      turn.isExpired = turn.review.deadline <= latest;
      return turn.isExpired;
    };
    if (waiting > 1) ungrouped.forEach(group);
    else ungrouped.forEach(isExpired);
    first.hurry(isExpired, first);
    last.hurry(isExpired, first);
  }

  function remove(turn: WaitingReview): void {
    if (ungrouped.delete(turn) || first.delete(turn) || last.delete(turn)) waiting -= 1;
  }

  return {
    add: (review) => {
      const turn = new WaitingReview(review);
      ungrouped.add(turn);
      waiting += 1;
      if (!isScheduled) schedule(0, 1);
      return () => remove(turn);
    },
  };
}

function deferWork(work: () => void, after: number, turns: number): void {
  if (after > 0) setTimeout(work, after);
  else if (turns <= 1) setImmediate(work);
  else setImmediate(() => deferWork(work, 0, turns - 1));
}
