/** Up to this size lack of memory never refuses a body. A usual review has 2 to 6 KiB. */
export const SMALL_BODY_BYTES = 64 * 1024;

/**
 * The limit for all large bodies of the process together, until their answers are sent. It holds three of the largest,
 * or 13 updates of a Secret of 1 MiB.
 */
const LARGE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * The limit for all bodies that are still small, or that wait for room. A complete one is answered at once, so only
 * senders that stall reach the limit.
 */
const SMALL_LIMIT_BYTES = 32 * 1024 * 1024;

/** A large body may keep its room for this time while others wait. A transfer inside a cluster takes a tenth of it. */
const GRACE_MS = 1000;

/**
 * The memory that the bodies of a process may take together. Small bodies always get room. Large ones wait, and the
 * smallest is next.
 */
export interface BodyMemory {
  /** Starts a body. `refuse` is called if another body needs its memory. */
  readonly allocate: (refuse: () => void) => BodyAllocation;
}

/** The memory of one body. */
export interface BodyAllocation {
  /** Sets the total size of a small body. */
  readonly resize: (bytes: number) => void;
  /** Calls `granted` as soon as there is room for this size, perhaps at once. */
  readonly enlarge: (bytes: number, granted: () => void) => void;
  readonly release: () => void;
}

interface AllocationState {
  readonly onEvicted: () => void;
  smallBytes: number;
  largeBytes: number;
  onGranted: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Only tests set the limits. */
export function bodyMemory(
  largeLimit = LARGE_LIMIT_BYTES,
  smallLimit = SMALL_LIMIT_BYTES,
  graceMs = GRACE_MS,
): BodyMemory {
  /** The oldest first, as in each set here. */
  const smallAllocations = new Set<AllocationState>();
  const waitingAllocations = new Set<AllocationState>();
  const overdueAllocations = new Set<AllocationState>();
  let totalSmallBytes = 0;
  let totalLargeBytes = 0;

  function setSmallBytes(one: AllocationState, bytes: number): void {
    totalSmallBytes += bytes - one.smallBytes;
    one.smallBytes = bytes;
    if (bytes === 0) smallAllocations.delete(one);
    else smallAllocations.add(one);
  }

  function release(one: AllocationState): void {
    if (remove(one)) admitWaiting();
  }

  /** Returns whether room became free. */
  function remove(one: AllocationState): boolean {
    const held = one.onGranted === undefined ? one.largeBytes : 0;
    clearTimeout(one.timer);
    setSmallBytes(one, 0);
    waitingAllocations.delete(one);
    overdueAllocations.delete(one);
    totalLargeBytes -= held;
    one.largeBytes = 0;
    one.onGranted = undefined;
    return held > 0;
  }

  /** Evicts bodies that wait to be large first, then those that stall longest. */
  function evictSmall(): void {
    while (totalSmallBytes > smallLimit) {
      const [evicted = oldestOf(smallAllocations)] = waitingAllocations;
      if (evicted === undefined) return;
      evict(evicted);
    }
  }

  function admitWaiting(): void {
    for (
      let next = smallestOf(waitingAllocations);
      next !== undefined;
      next = smallestOf(waitingAllocations)
    ) {
      if (totalLargeBytes + next.largeBytes <= largeLimit) {
        grant(next);
        continue;
      }
      const overdue = oldestOf(overdueAllocations);
      if (overdue === undefined) return;
      evict(overdue);
    }
  }

  function grant(one: AllocationState): void {
    const { onGranted: granted } = one;
    waitingAllocations.delete(one);
    setSmallBytes(one, 0);
    totalLargeBytes += one.largeBytes;
    one.onGranted = undefined;
    one.timer = setTimeout(() => {
      overdueAllocations.add(one);
      admitWaiting();
    }, graceMs);
    one.timer.unref();
    granted?.();
  }

  /** Removes the body before it calls `onEvicted`, so that nothing which the callback does is counted. */
  function evict(one: AllocationState): void {
    remove(one);
    one.onEvicted();
  }

  return {
    allocate: (refuse) => {
      const one: AllocationState = {
        onEvicted: refuse,
        smallBytes: 0,
        largeBytes: 0,
        onGranted: undefined,
        timer: undefined,
      };
      return {
        resize: (bytes) => {
          setSmallBytes(one, bytes);
          evictSmall();
        },
        enlarge: (bytes, granted) => {
          one.largeBytes = bytes;
          one.onGranted = granted;
          waitingAllocations.add(one);
          admitWaiting();
        },
        release: () => release(one),
      };
    },
  };
}

const oldestOf = (allocations: ReadonlySet<AllocationState>): AllocationState | undefined => {
  const [oldest] = allocations;
  return oldest;
};

function smallestOf(allocations: ReadonlySet<AllocationState>): AllocationState | undefined {
  let result: AllocationState | undefined;
  for (const allocation of allocations)
    if (result === undefined || allocation.largeBytes < result.largeBytes) result = allocation;
  return result;
}
