import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Nearly all objects of a review are garbage after its answer. V8 begins with 1 MB for new objects. With so little, the
 * garbage collector takes a quarter of the CPU time. With the 16 MB that V8 grows to, the process needs 60 MB more.
 * Bytes.
 */
const NEW_SPACE = 2 * 1024 * 1024;

/** Ends the growth if an option of Node permits less. Objects. */
const MAX_OBJECTS = 500_000;
const OBJECTS_AT_ONCE = 1000;

/** Enough live objects that V8 grows the space. */
const LIVE_OBJECTS = 20_000;

/**
 * V8 collects the old objects after this growth, in percent. By default the heap may become four times as large, and
 * the process needs 100 MB more after large reviews.
 */
const OLD_OBJECTS_GROWTH = 50;

/**
 * Grows the space for new objects to its size, and keeps it there. V8 has an option for this size, but it counts only
 * on the command line of Node.
 */
export function sizeHeap(): void {
  let live: object[] = [];
  for (let made = 0; made < MAX_OBJECTS && newSpace() < 0.75 * NEW_SPACE; made += OBJECTS_AT_ONCE) {
    if (live.length >= LIVE_OBJECTS) live = [];
    for (let number = 0; number < OBJECTS_AT_ONCE; number += 1) live.push({ number });
  }
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-maglev');
  setFlagsFromString(`--heap-growing-percent=${OLD_OBJECTS_GROWTH}`);
}

/** A little less than 1, 2, 4 or 8 MB: V8 keeps some of it for itself. */
function newSpace(): number {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return space === undefined ? NEW_SPACE : space.space_used_size + space.space_available_size;
}
