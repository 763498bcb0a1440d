import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * V8 collects the old objects after this growth, in percent. By default the heap may become four times as large, and
 * the process needs 100 MB more after large reviews.
 */
const OLD_OBJECTS_GROWTH = 50;

/**
 * Limits the garbage among old objects. The code cache of a release is made with this option, and needs it at its load.
 */
export function limitOldSpace(): void {
  setFlagsFromString(`--heap-growing-percent=${OLD_OBJECTS_GROWTH}`);
}

/**
 * Nearly all objects of a review are garbage after its answer. With 256 KB for new objects, the garbage collector takes
 * a quarter of the CPU time. With the 16 MB that V8 grows to, the process needs 60 MB more. Bytes.
 */
const NEW_SPACE = 2 * 1024 * 1024;
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
  let mayGrow = true;
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
