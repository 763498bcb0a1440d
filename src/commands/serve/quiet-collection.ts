import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The time between two looks at the number of reviews. */
const LOOK_MS = 3000;
/** With fewer reviews between two looks, the process is quiet: it uses less than 2 % of a CPU. */
const QUIET_REVIEWS = 300;
/** Fewer reviews leave too little garbage. */
const MIN_REVIEWS = 100;
/** A collection takes 10 ms of CPU time: 0.1 % of the time to the next one. */
const PAUSE_MS = 10_000;

/**
 * Collects the garbage of past reviews in a quiet moment. V8 itself collects only if it needs room for new objects. The
 * process would keep the garbage of its busiest minute, and the memory of the sockets that were closed since. The start
 * of the process is the first reason for a collection.
 *
 * Returns a function to call after each review. Only tests pass the arguments.
 */
export function collectWhenQuiet(
  collect: () => void = collectGarbage,
  defer: (work: () => void, afterMs: number) => void = deferUnref,
): () => void {
  let reviews = 0;
  let reviewsAtLook = 0;
  let isWaiting = true;

  function lookLater(): void {
    isWaiting = true;
    reviewsAtLook = reviews;
    defer(look, LOOK_MS);
  }

  function look(): void {
    if (reviews - reviewsAtLook >= QUIET_REVIEWS) {
      lookLater();
      return;
    }
    collect();
    reviews = 0;
    defer(endPause, PAUSE_MS);
  }

  function endPause(): void {
    isWaiting = false;
    if (reviews >= MIN_REVIEWS) lookLater();
  }

  lookLater();
  return () => {
    reviews += 1;
    if (!isWaiting && reviews >= MIN_REVIEWS) lookLater();
  };
}

function deferUnref(work: () => void, afterMs: number): void {
  setTimeout(work, afterMs).unref();
}

/** Node gives no function for this. A new context has V8's own under this flag. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}
