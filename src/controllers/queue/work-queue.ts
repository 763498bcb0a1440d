import { delayQueue } from './delay-queue.ts';
import { type LimitedQueue, limitedQueue } from './limited-queue.ts';

/** Done until the key is added again, or due again after the delay in milliseconds. */
export type WorkResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'requeue'; readonly requeueAfter: number };

export interface WorkQueueHandler<Key> {
  /** Works on one key. If it rejects, `onError` gets the error, and the key is requeued with backoff. */
  readonly handle: (key: Key, signal: AbortSignal) => Promise<WorkResult>;
  /** `failures` counts the failures in a row, with this one. */
  readonly onError: (key: Key, error: unknown, failures: number) => void;
}

export interface WorkQueueNeeds<Key> {
  /**
   * The group of a key whose work may wait long for an external system. Undefined for any other key. Groups don't block
   * one another, nor the keys without a group.
   */
  readonly limitGroupOf?: (key: Key) => string | undefined;
  /**
   * Workers serve these groups in turn, so a group with many keys does not delay another. By default there is one
   * group.
   */
  readonly fairnessGroupOf?: (key: Key) => string;
  /** Called after each change of the numbers. */
  readonly onStats: (stats: QueueStats) => void;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after the delay, or when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface QueueStats {
  /** Keys that wait for a worker. */
  readonly depth: number;
  /** Keys whose last work failed. */
  readonly retries: number;
}

export interface WorkQueue<Key> {
  /**
   * Works on the key as soon as a worker is free. A waiting key is worked on once. A key in work is worked on once more
   * afterwards.
   */
  readonly add: (key: Key) => void;
  /** Adds the key after the delay. If a key has several delays, the earliest counts. Throws a RangeError for NaN. */
  readonly addAfter: (key: Key, milliseconds: number) => void;
  /** Removes the key and all its pending work, because its object is gone. */
  readonly forget: (key: Key) => void;
  /** Works until the signal aborts. Resolves after the running work has ended. Waiting keys stay for another run. */
  readonly run: (handler: WorkQueueHandler<Key>, signal: AbortSignal) => Promise<void>;
}

const WORKERS = 4;
/** In addition to the workers. Such keys mostly wait for an answer, so each costs little more than a connection. */
const GROUP_LIMITS = { each: 2, all: 16 };
const NO_LIMITS = { each: Number.POSITIVE_INFINITY, all: Number.POSITIVE_INFINITY };
/** The backoff after a failure. It doubles on each failure, and a random part of up to a half is subtracted. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 5 * 60 * 1000;
/** A timer of Node.js can't be set for longer than 24 days. */
const MAX_TIMER_MS = 60 * 60 * 1000;
/** The longest time that queued work blocks the other work of this process. */
const MAX_BLOCKING_MS = 10;

interface RunningKey {
  /** The key was added during its work. */
  mustRunAgain: boolean;
  /** The key was forgotten during its work, so the result no longer counts. */
  isForgotten: boolean;
}

interface ReadyKey<Key> {
  readonly key: Key;
  readonly group: string;
  readonly from: LimitedQueue<Key>;
}

/**
 * Keys to reconcile, each by one worker at a time:
 *
 *     add ───► added ─────┐ in turn
 *                         ├──► a worker, or a slot of its group ──► done
 *     due ───► requeued ──┘          │
 *      ▲                             │ requeue after a delay, or failed: 1 s, 2 s, … 5 min
 *      └─── delayed ◄────────────────┘◄── addAfter
 *
 * A key that is added while its work fails waits for a second: the failing work may be what adds it.
 */
export function workQueue<Key extends string>(needs: WorkQueueNeeds<Key>, workers = WORKERS): WorkQueue<Key> {
  const { fairnessGroupOf = () => '' } = needs;
  const added = limitedQueue<Key>(NO_LIMITS);
  const requeued = limitedQueue<Key>(NO_LIMITS);
  const delayed = delayQueue<Key>();
  const limited = limitedQueue<Key>(GROUP_LIMITS);
  const running = new Map<Key, RunningKey>();
  /** Failures in a row. */
  const failures = new Map<Key, number>();
  let isAddedNext = true;
  let wake = (): void => {};

  function add(key: Key): void {
    const runningKey = running.get(key);
    if (runningKey !== undefined) runningKey.mustRunAgain = true;
    else if (!failures.has(key)) {
      requeued.delete(key);
      enqueue(key, added);
    } else if (!requeued.has(key)) delayed.add(key, needs.now() + MIN_BACKOFF_MS);
    notify();
  }

  /**
   * Keys with a group wait only for keys of the same kind. Their work may be a password change, during which logins
   * fail.
   */
  function enqueue(key: Key, unlimited: LimitedQueue<Key>): void {
    if (limited.has(key)) return;
    const group = needs.limitGroupOf?.(key);
    if (group === undefined) unlimited.add(key, fairnessGroupOf(key));
    else {
      added.delete(key);
      limited.add(key, group);
    }
  }

  function addAfter(key: Key, milliseconds: number): void {
    if (Number.isNaN(milliseconds)) throw new RangeError('the delay is not a number');
    delayed.add(key, needs.now() + Math.max(0, milliseconds));
    notify();
  }

  function forget(key: Key): void {
    added.delete(key);
    requeued.delete(key);
    delayed.delete(key);
    limited.delete(key);
    failures.delete(key);
    const runningKey = running.get(key);
    if (runningKey !== undefined) {
      runningKey.mustRunAgain = false;
      runningKey.isForgotten = true;
    }
    notify();
  }

  async function run(handler: WorkQueueHandler<Key>, signal: AbortSignal): Promise<void> {
    const runs = new Set<Promise<void>>();
    let lastYield = needs.now();
    const end = (): void => wake();
    signal.addEventListener('abort', end);
    while (!signal.aborted) {
      if (needs.now() - lastYield > MAX_BLOCKING_MS) {
        await needs.sleep(0, signal);
        lastYield = needs.now();
        // The signal aborted during the sleep, so no listener woke the loop.
        if (signal.aborted) break;
      }
      enqueueDue();
      const ready = nextIn(limited) ?? (hasWorker() ? next() : undefined);
      if (ready === undefined) await waitForWork();
      else {
        const work = workOn(ready, handler, signal).finally(() => runs.delete(work));
        runs.add(work);
      }
    }
    signal.removeEventListener('abort', end);
    await Promise.all(runs);
  }

  function enqueueDue(): void {
    const [now, before] = [needs.now(), waiting()];
    for (const key of delayed.takeDue(now)) {
      const runningKey = running.get(key);
      if (runningKey !== undefined) runningKey.mustRunAgain = true;
      else if (!added.has(key)) enqueue(key, requeued);
    }
    if (waiting() !== before) observe();
  }

  const hasWorker = (): boolean => added.running() + requeued.running() < workers;

  /** Alternates, so that neither added nor requeued keys can starve the others. */
  function next(): ReadyKey<Key> | undefined {
    const [first, second] = isAddedNext ? [added, requeued] : [requeued, added];
    isAddedNext = !isAddedNext;
    return nextIn(first) ?? nextIn(second);
  }

  function nextIn(from: LimitedQueue<Key>): ReadyKey<Key> | undefined {
    const next = from.next();
    return next && { ...next, from };
  }

  async function workOn(
    { key, group, from }: ReadyKey<Key>,
    { handle, onError }: WorkQueueHandler<Key>,
    signal: AbortSignal,
  ): Promise<void> {
    const runningKey: RunningKey = { mustRunAgain: false, isForgotten: false };
    running.set(key, runningKey);
    observe();
    try {
      const result = await handle(key, signal);
      if (!runningKey.isForgotten) succeeded(key, result);
    } catch (error) {
      const times = failures.get(key) ?? 0;
      onError(key, error, times + 1);
      if (!runningKey.isForgotten) requeueWithBackoff(key, times);
    }
    running.delete(key);
    from.finished(group);
    if (runningKey.mustRunAgain) add(key);
    notify();
  }

  function succeeded(key: Key, result: WorkResult): void {
    if (result.kind === 'requeue') addAfter(key, result.requeueAfter);
    failures.delete(key);
  }

  function requeueWithBackoff(key: Key, failed: number): void {
    failures.set(key, failed + 1);
    const backoff = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** failed);
    delayed.add(key, needs.now() + backoff * (1 - needs.random() / 2));
  }

  /** Resolves after a change, or when a key is due. */
  async function waitForWork(): Promise<void> {
    const wakeUp = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = () => {
      wakeUp.abort();
      resolve();
    };
    const due = delayed.next();
    if (due === undefined) await promise;
    else await needs.sleep(Math.min(MAX_TIMER_MS, Math.max(0, due - needs.now())), wakeUp.signal);
  }

  function notify(): void {
    observe();
    wake();
  }

  const waiting = (): number => added.length() + requeued.length() + limited.length();

  function observe(): void {
    needs.onStats({ depth: waiting(), retries: failures.size });
  }

  return { add, addAfter, forget, run };
}
