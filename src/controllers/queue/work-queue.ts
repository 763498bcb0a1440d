import { delayQueue } from './delay-queue.ts';
import { fairQueue } from './fair-queue.ts';
import type { FifoSet } from './fifo-set.ts';
import { limitedQueue } from './limited-queue.ts';

/** Done until it is added again, or to be worked on again after so many milliseconds. */
export type WorkResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'requeue'; readonly requeueAfter: number };

export interface WorkQueueNeeds<Key> {
  /** Works on one key. What it rejects with is told by `failed`, and the key is tried again later. */
  readonly handle: (key: Key, signal: AbortSignal) => Promise<WorkResult>;
  /** `failures`: how often in a row by now. */
  readonly onError: (key: Key, error: unknown, failures: number) => void;
  /** Of a key whose work may wait long for somebody outside; undefined: of no such. Those of one lane do not hold up another, and none of them the rest. */
  readonly limitGroupOf?: (key: Key) => string | undefined;
  /** Groups take turns at the workers, so that one group with many keys does not delay another. One group unless told. */
  readonly fairnessGroupOf?: (key: Key) => string;
  /** Called whenever a key has come or gone. */
  readonly onStats: (stats: QueueStats) => void;
  /** Of a clock that only goes forward. Milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface QueueStats {
  /** Keys that wait for a worker. */
  readonly depth: number;
  /** Keys whose last work failed. */
  readonly retries: number;
}

export interface WorkQueue<Key> {
  /** Works on it as soon as there is a worker. One that waits already is worked on once; one that is being worked on, once more after. */
  readonly add: (key: Key) => void;
  /** The same after so many milliseconds. Of several times the earliest counts. Throws a RangeError for what is no number. */
  readonly addAfter: (key: Key, milliseconds: number) => void;
  /** There is no such thing any more: whatever was to be done with it is not. */
  readonly forget: (key: Key) => void;
  /** Works until the signal comes. Resolves when what was under way then has ended; the rest stays, should it be run again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const WORKERS = 4;
/** Besides. They mostly wait for an answer: each costs a connection, and little else. */
const GROUP_LIMITS = { each: 2, all: 16 };
/** After a failure: twice as long each time, and by chance up to a half less. Milliseconds. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 5 * 60 * 1000;
/** A timer of Node's can't be set for longer than 24 days. Milliseconds. */
const MAX_TIMER_MS = 60 * 60 * 1000;
/** As long as others in this process wait, where no work does. Milliseconds. */
const MAX_BLOCKING_MS = 10;

/** A key that is being worked on. */
interface RunningKey {
  /** It was added since. */
  mustRunAgain: boolean;
  /** It was forgotten since: what comes out no longer counts. */
  isForgotten: boolean;
}

interface ReadyKey<Key> {
  readonly key: Key;
  readonly group: string | undefined;
}

/**
 * Keys that are to be worked on, each by one worker at a time:
 *
 *     add ──► fresh ──┐ in turns
 *                     ├────► a worker, or one of its lane ──► done
 *     due ──► again ──┘          │
 *      ▲                         │ again after a while, or failed: 1 s, 2 s, … 5 min
 *      └── schedule ◄────────────┘◄── addAfter
 *
 * A key that is added while it fails is not worked on for a second: what makes it fail may be what adds it.
 */
export function workQueue<Key extends string>(needs: WorkQueueNeeds<Key>, workers = WORKERS): WorkQueue<Key> {
  const { fairnessGroupOf = () => '' } = needs;
  const added = fairQueue(fairnessGroupOf);
  const requeued = fairQueue(fairnessGroupOf);
  const delayed = delayQueue<Key>();
  const limited = limitedQueue<Key>(GROUP_LIMITS);
  const running = new Map<Key, RunningKey>();
  /** How often in a row. */
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

  /** Those with a lane wait for nobody but their like: where a password is being changed somebody may be locked out. */
  function enqueue(key: Key, unlimited: FifoSet<Key>): void {
    if (limited.has(key)) return;
    const group = needs.limitGroupOf?.(key);
    if (group === undefined) unlimited.add(key);
    else {
      added.delete(key);
      limited.add(key, group);
    }
  }

  function addAfter(key: Key, milliseconds: number): void {
    if (Number.isNaN(milliseconds)) throw new RangeError('a time to wait that is no number');
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

  async function run(signal: AbortSignal): Promise<void> {
    const runs = new Set<Promise<void>>();
    let lastYield = needs.now();
    const end = (): void => wake();
    signal.addEventListener('abort', end);
    while (!signal.aborted) {
      if (needs.now() - lastYield > MAX_BLOCKING_MS) {
        await needs.sleep(0, signal);
        lastYield = needs.now();
        // The signal that came meanwhile woke nobody.
        if (signal.aborted) break;
      }
      enqueueDue();
      const ready = limited.next() ?? (hasWorker() ? next() : undefined);
      if (ready === undefined) await waitForWork();
      else {
        const work = workOn(ready, signal).finally(() => runs.delete(work));
        runs.add(work);
      }
    }
    signal.removeEventListener('abort', end);
    await Promise.all(runs);
  }

  function enqueueDue(): void {
    const [now, before] = [needs.now(), waiting()];
    for (let key = delayed.take(now); key !== undefined; key = delayed.take(now)) {
      const runningKey = running.get(key);
      if (runningKey !== undefined) runningKey.mustRunAgain = true;
      else if (!added.has(key)) enqueue(key, requeued);
    }
    if (waiting() !== before) observe();
  }

  const hasWorker = (): boolean => running.size - limited.running() < workers;

  /** Neither those that come anew nor those that come again can keep the others waiting. */
  function next(): ReadyKey<Key> | undefined {
    const [first, second] = isAddedNext ? [added, requeued] : [requeued, added];
    isAddedNext = !isAddedNext;
    const key = first.take() ?? second.take();
    return key === undefined ? undefined : { key, group: undefined };
  }

  async function workOn({ key, group }: ReadyKey<Key>, signal: AbortSignal): Promise<void> {
    const runningKey: RunningKey = { mustRunAgain: false, isForgotten: false };
    running.set(key, runningKey);
    observe();
    try {
      const result = await needs.handle(key, signal);
      if (!runningKey.isForgotten) succeeded(key, result);
    } catch (error) {
      const times = failures.get(key) ?? 0;
      needs.onError(key, error, times + 1);
      if (!runningKey.isForgotten) requeueWithBackoff(key, times);
    }
    running.delete(key);
    if (group !== undefined) limited.finished(group);
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

  /** Resolves when something has changed, or is due. */
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
