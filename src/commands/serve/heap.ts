import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** V8's flags for a server that is to stay small. Each one was measured. */
const FLAGS = [
  // V8 collects the old objects after this growth, in percent. By default the heap may become four times as large, and
  // the process needs 100 MB more after large reviews.
  '--heap-growing-percent=50',
  // The work of a compiler for one function is freed as soon as its code is used. By default it waits for an idle
  // thread. On a busy machine it piles up, and malloc keeps 20 MB more.
  '--no-maglev-destroy-on-background',
  // New objects get no more space before the first review. V8 would give 4 MB to a start that makes a certificate.
  '--semi-space-growth-factor=1',
];

/** Limits the heap. The code cache of a release is made with these flags, and needs them at its load. */
export function limitHeap(): void {
  for (const flag of FLAGS) setFlagsFromString(flag);
}

/**
 * V8's best compiler takes over a function after 1000 calls. By default it waits for 3000, so that a function of each
 * review is slow for thousands of reviews. The first review sets it, because the functions of the start would take 6 MB
 * more.
 *
 * Returns a function to call after each review.
 */
export function soonerOptimization(): () => void {
  let isSet = false;
  return () => {
    if (!isSet) setFlagsFromString('--invocation-count-for-turbofan=1000');
    isSet = true;
  };
}

/**
 * Nearly all objects of a review are garbage after its answer. With 256 KB for new objects, the garbage collector takes
 * a quarter of the CPU time. With 2 MB, a review takes a tenth more than with 4. With the 16 MB that V8 grows to, the
 * process needs 60 MB more. Bytes.
 */
const NEW_SPACE = 4 * 1024 * 1024;
/** In this number of reviews, V8 doubles the space once at most. */
const CHECK_INTERVAL = 32;
const GROWTH_FACTOR = 2;

/**
 * Lets V8 grow the space for new objects to its size, and no further. While nothing comes, V8 takes the space back. V8
 * has an option for this size, but it counts only on the command line of Node.
 *
 * Returns a function to call after each review.
 */
export function newSpaceLimit(): () => void {
  let reviews = 0;
  let mayGrow = false;
  return () => {
    reviews += 1;
    if (reviews % CHECK_INTERVAL !== 0) return;
    const isSmall = newSpace() < 0.75 * NEW_SPACE;
    if (isSmall === mayGrow) return;
    mayGrow = isSmall;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? GROWTH_FACTOR : 1}`);
  };
}

/** A little less than a power of two: V8 keeps some of it for itself. Bytes. */
function newSpace(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return space === undefined ? NEW_SPACE : space.space_used_size + space.space_available_size;
}
