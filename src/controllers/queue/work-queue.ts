import { schedule } from './delay-queue.ts';
import { fairLine } from './fair-queue.ts';
import type { Line } from './fifo-set.ts';
import { lanes } from './limited-queue.ts';

/** Done until it is added again, or to be worked on again after so many milliseconds. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'requeue'; readonly after: number };

export interface WorkQueueNeeds<Key> {
  /** Works on one key. What it rejects with is told by `failed`, and the key is tried again later. */
  readonly handle: (key: Key, signal: AbortSignal) => Promise<Outcome>;
  /** `failures`: how often in a row by now. */
  readonly failed: (key: Key, error: unknown, failures: number) => void;
  /** Of a key whose work may wait long for somebody outside; undefined: of no such. Those of one lane do not hold up another, and none of them the rest. */
  readonly laneOf?: (key: Key) => string | undefined;
  /** Groups take turns at the workers, so that one group with many keys does not delay another. One group unless told. */
  readonly groupOf?: (key: Key) => string;
  /** Called whenever a key has come or gone. */
  readonly observe: (seen: Seen) => void;
  /** Of a clock that only goes forward. Milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

export interface Seen {
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
const LANES = { each: 2, all: 16 };
/** After a failure: twice as long each time, and by chance up to a half less. Milliseconds. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 5 * 60 * 1000;
/** A timer of Node's can't be set for longer than 24 days. Milliseconds. */
const LONGEST_SLEEP = 60 * 60 * 1000;
/** As long as others in this process wait, where no work does. Milliseconds. */
const LONGEST_RUSH = 10;

/** A key that is being worked on. */
interface UnderWay {
  /** It was added since. */
  isWanted: boolean;
  /** It was forgotten since: what comes out no longer counts. */
  isForgotten: boolean;
}

interface Ready<Key> {
  readonly key: Key;
  readonly lane: string | undefined;
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
  const { groupOf = () => '' } = needs;
  const fresh = fairLine(groupOf);
  const again = fairLine(groupOf);
  const later = schedule<Key>();
  const slow = lanes<Key>(LANES);
  const underWay = new Map<Key, UnderWay>();
  /** How often in a row. */
  const failures = new Map<Key, number>();
  let isTurnOfFresh = true;
  let wake = (): void => {};

  function add(key: Key): void {
    const working = underWay.get(key);
    if (working !== undefined) working.isWanted = true;
    else if (!failures.has(key)) {
      again.delete(key);
      enqueue(key, fresh);
    } else if (!again.has(key)) later.add(key, needs.now() + FIRST_PAUSE);
    changed();
  }

  /** Those with a lane wait for nobody but their like: where a password is being changed somebody may be locked out. */
  function enqueue(key: Key, ordinary: Line<Key>): void {
    if (slow.has(key)) return;
    const lane = needs.laneOf?.(key);
    if (lane === undefined) ordinary.add(key);
    else {
      fresh.delete(key);
      slow.add(key, lane);
    }
  }

  function addAfter(key: Key, milliseconds: number): void {
    if (Number.isNaN(milliseconds)) throw new RangeError('a time to wait that is no number');
    later.add(key, needs.now() + Math.max(0, milliseconds));
    changed();
  }

  function forget(key: Key): void {
    fresh.delete(key);
    again.delete(key);
    later.delete(key);
    slow.delete(key);
    failures.delete(key);
    const working = underWay.get(key);
    if (working !== undefined) {
      working.isWanted = false;
      working.isForgotten = true;
    }
    changed();
  }

  async function run(signal: AbortSignal): Promise<void> {
    const works = new Set<Promise<void>>();
    let rested = needs.now();
    const end = (): void => wake();
    signal.addEventListener('abort', end);
    while (!signal.aborted) {
      if (needs.now() - rested > LONGEST_RUSH) {
        await needs.sleep(0, signal);
        rested = needs.now();
        // The signal that came meanwhile woke nobody.
        if (signal.aborted) break;
      }
      bringDue();
      const ready = slow.next() ?? (hasWorker() ? next() : undefined);
      if (ready === undefined) await somethingToDo();
      else {
        const work = workOn(ready, signal).finally(() => works.delete(work));
        works.add(work);
      }
    }
    signal.removeEventListener('abort', end);
    await Promise.all(works);
  }

  function bringDue(): void {
    const [now, before] = [needs.now(), waiting()];
    for (let key = later.take(now); key !== undefined; key = later.take(now)) {
      const working = underWay.get(key);
      if (working !== undefined) working.isWanted = true;
      else if (!fresh.has(key)) enqueue(key, again);
    }
    if (waiting() !== before) observe();
  }

  const hasWorker = (): boolean => underWay.size - slow.busy() < workers;

  /** Neither those that come anew nor those that come again can keep the others waiting. */
  function next(): Ready<Key> | undefined {
    const [first, second] = isTurnOfFresh ? [fresh, again] : [again, fresh];
    isTurnOfFresh = !isTurnOfFresh;
    const key = first.take() ?? second.take();
    return key === undefined ? undefined : { key, lane: undefined };
  }

  async function workOn({ key, lane }: Ready<Key>, signal: AbortSignal): Promise<void> {
    const working: UnderWay = { isWanted: false, isForgotten: false };
    underWay.set(key, working);
    observe();
    try {
      const outcome = await needs.handle(key, signal);
      if (!working.isForgotten) succeeded(key, outcome);
    } catch (error) {
      const times = failures.get(key) ?? 0;
      needs.failed(key, error, times + 1);
      if (!working.isForgotten) tryAgain(key, times);
    }
    underWay.delete(key);
    if (lane !== undefined) slow.left(lane);
    if (working.isWanted) add(key);
    changed();
  }

  function succeeded(key: Key, outcome: Outcome): void {
    if (outcome.kind === 'requeue') addAfter(key, outcome.after);
    failures.delete(key);
  }

  function tryAgain(key: Key, failed: number): void {
    failures.set(key, failed + 1);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failed);
    later.add(key, needs.now() + pause * (1 - needs.random() / 2));
  }

  /** Resolves when something has changed, or is due. */
  async function somethingToDo(): Promise<void> {
    const woken = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = () => {
      woken.abort();
      resolve();
    };
    const due = later.next();
    if (due === undefined) await promise;
    else await needs.sleep(Math.min(LONGEST_SLEEP, Math.max(0, due - needs.now())), woken.signal);
  }

  function changed(): void {
    observe();
    wake();
  }

  const waiting = (): number => fresh.length() + again.length() + slow.length();

  function observe(): void {
    needs.observe({ depth: waiting(), retries: failures.size });
  }

  return { add, addAfter, forget, run };
}
