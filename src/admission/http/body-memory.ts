import type { Buffer } from 'node:buffer';
import { AgeList, AgeListEntry } from './age-list.ts';
import { BodyBuffers } from './body-buffers.ts';

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
export class BodyAllocation extends AgeListEntry {
  readonly #accounts: BodyAccounts;
  readonly onEvicted: () => void;
  smallBytes = 0;
  largeBytes = 0;
  /** Set while the body waits for room. */
  onGranted: (() => void) | undefined;
  buffer: Buffer | undefined;
  /** Set while the body is large and not overdue. */
  timer: NodeJS.Timeout | undefined;

  constructor(accounts: BodyAccounts, onEvicted: () => void) {
    super();
    this.#accounts = accounts;
    this.onEvicted = onEvicted;
  }

  /** Sets the total size of a small body. */
  resize(bytes: number): void {
    this.#accounts.setSmallBytes(this, bytes);
    this.#accounts.evictSmall();
  }

  /** Calls `granted` as soon as there is room for this size, perhaps at once. */
  enlarge(bytes: number, granted: () => void): void {
    this.#accounts.addWaiting(this, bytes, granted);
  }

  /** A buffer for a body of this size that has room. It must not be used after `release`, or after the eviction. */
  takeBuffer(bytes: number): Buffer {
    this.buffer ??= this.#accounts.buffers.take(bytes);
    return this.buffer;
  }

  release(): void {
    this.#accounts.release(this);
  }
}

/** Only tests set the limits. */
export function bodyMemory(
  largeLimit = LARGE_LIMIT_BYTES,
  smallLimit = SMALL_LIMIT_BYTES,
  graceMs = GRACE_MS,
): BodyMemory {
  const accounts = new BodyAccounts(largeLimit, smallLimit, graceMs);
  return { allocate: (refuse) => new BodyAllocation(accounts, refuse) };
}

/** Which body holds how much. */
class BodyAccounts {
  readonly buffers = new BodyBuffers();
  readonly #largeLimit: number;
  readonly #smallLimit: number;
  readonly #graceMs: number;
  readonly #small = new AgeList<BodyAllocation>();
  /** The oldest first, as in each set here. */
  readonly #waiting = new Set<BodyAllocation>();
  readonly #overdue = new Set<BodyAllocation>();
  #totalSmallBytes = 0;
  #totalLargeBytes = 0;

  constructor(largeLimit: number, smallLimit: number, graceMs: number) {
    this.#largeLimit = largeLimit;
    this.#smallLimit = smallLimit;
    this.#graceMs = graceMs;
  }

  setSmallBytes(one: BodyAllocation, bytes: number): void {
    if (one.smallBytes === bytes) return;
    this.#totalSmallBytes += bytes - one.smallBytes;
    if (bytes === 0) this.#small.delete(one);
    else if (one.smallBytes === 0) this.#small.add(one);
    one.smallBytes = bytes;
  }

  addWaiting(one: BodyAllocation, bytes: number, granted: () => void): void {
    one.largeBytes = bytes;
    one.onGranted = granted;
    this.#waiting.add(one);
    this.#admitWaiting();
  }

  release(one: BodyAllocation): void {
    if (this.#remove(one)) this.#admitWaiting();
  }

  /** Evicts bodies that wait to be large first, then those that stall longest. */
  evictSmall(): void {
    while (this.#totalSmallBytes > this.#smallLimit) {
      const [evicted = this.#small.oldest] = this.#waiting;
      if (evicted === undefined) return;
      this.#evict(evicted);
    }
  }

  /** Returns whether room became free. */
  #remove(one: BodyAllocation): boolean {
    this.setSmallBytes(one, 0);
    if (one.largeBytes === 0) return false;
    const held = one.onGranted === undefined ? one.largeBytes : 0;
    clearTimeout(one.timer);
    this.#waiting.delete(one);
    this.#overdue.delete(one);
    this.#totalLargeBytes -= held;
    one.largeBytes = 0;
    one.onGranted = undefined;
    if (one.buffer !== undefined) this.buffers.giveBack(one.buffer);
    one.buffer = undefined;
    return held > 0;
  }

  #admitWaiting(): void {
    for (let next = smallestOf(this.#waiting); next !== undefined; next = smallestOf(this.#waiting)) {
      if (this.#totalLargeBytes + next.largeBytes <= this.#largeLimit) {
        this.#grant(next);
        continue;
      }
      const overdue = oldestOf(this.#overdue);
      if (overdue === undefined) return;
      this.#evict(overdue);
    }
  }

  #grant(one: BodyAllocation): void {
    const { onGranted } = one;
    this.#waiting.delete(one);
    this.setSmallBytes(one, 0);
    this.#totalLargeBytes += one.largeBytes;
    one.onGranted = undefined;
    one.timer = setTimeout(() => {
      this.#overdue.add(one);
      this.#admitWaiting();
    }, this.#graceMs);
    one.timer.unref();
    onGranted?.();
  }

  /** Removes the body before it calls `onEvicted`, so that nothing which the callback does is counted. */
  #evict(one: BodyAllocation): void {
    this.#remove(one);
    one.onEvicted();
  }
}

const oldestOf = (allocations: ReadonlySet<BodyAllocation>): BodyAllocation | undefined => {
  const [oldest] = allocations;
  return oldest;
};

function smallestOf(allocations: ReadonlySet<BodyAllocation>): BodyAllocation | undefined {
  let result: BodyAllocation | undefined;
  for (const allocation of allocations)
    if (result === undefined || allocation.largeBytes < result.largeBytes) result = allocation;
  return result;
}
