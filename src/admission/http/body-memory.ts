/** Up to this size a body is never refused for want of room. A usual review has 2 to 6 KiB. Bytes. */
export const SMALL_BODY_BYTES = 64 * 1024;

/** For all large bodies of the process together, up to the end of their answers: three of the largest, or 13 updates of a Secret of 1 MiB. Bytes. */
const LARGE_LIMIT_BYTES = 64 * 1024 * 1024;

/** For all bodies that are small as yet, those that wait for room among them. A whole one is answered at once, so only senders that stall meet it. Bytes. */
const SMALL_LIMIT_BYTES = 32 * 1024 * 1024;

/** A large body may keep its room that long where others wait for it; a transfer inside a cluster takes a tenth. Milliseconds. */
const GRACE_MS = 1000;

/** The memory that the bodies of a process may take together. Small ones always get in; large ones wait for their turn, the smaller first. */
export interface BodyMemory {
  /** A body begins. `refuse` is called where its memory is needed for others. */
  readonly allocate: (refuse: () => void) => BodyAllocation;
}

/** The share of one body. */
export interface BodyAllocation {
  /** So many bytes in all, while it is small. */
  readonly resize: (bytes: number) => void;
  /** Calls `granted` as soon as there is room for so many bytes, perhaps at once. */
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

/** The figures are given by tests alone. */
export function bodyMemory(
  largeLimit = LARGE_LIMIT_BYTES,
  smallLimit = SMALL_LIMIT_BYTES,
  graceMs = GRACE_MS,
): BodyMemory {
  /** The oldest first, as in all sets here. */
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

  /** Says whether room became free. */
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

  /** Large ones first, then those that stall longest. */
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

  /** Forgotten before it hears of it, so that nothing of it is counted whatever it does then. */
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
