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
 * The memory that the bodies of a process may take together. Small bodies always get room. Large ones wait. The sender
 * that holds the least is next, and loses a body last.
 */
export interface BodyMemory {
  /** Starts a body. `refuse` is called if another body needs its memory. */
  readonly allocate: (sender: string, refuse: () => void) => BodyAllocation;
}

/** The memory that the bodies of one sender hold. */
class SenderMemory {
  readonly name: string;
  /** The number of its bodies, with and without memory. */
  bodies = 0;
  smallBytes = 0;
  largeBytes = 0;
  readonly small = new AgeList<BodyAllocation>();

  constructor(name: string) {
    this.name = name;
  }
}

/** The memory of one body. */
export class BodyAllocation extends AgeListEntry {
  readonly #accounts: BodyAccounts;
  readonly sender: SenderMemory;
  readonly onEvicted: () => void;
  smallBytes = 0;
  largeBytes = 0;
  isReleased = false;
  /** Set while the body waits for room. */
  onGranted: (() => void) | undefined;
  buffer: Buffer | undefined;
  /** Set while the body is large and not overdue. */
  timer: NodeJS.Timeout | undefined;

  constructor(accounts: BodyAccounts, sender: SenderMemory, onEvicted: () => void) {
    super();
    this.#accounts = accounts;
    this.sender = sender;
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
  return { allocate: (sender, refuse) => accounts.allocate(sender, refuse) };
}

/** Which body holds how much. */
class BodyAccounts {
  readonly buffers = new BodyBuffers();
  readonly #largeLimit: number;
  readonly #smallLimit: number;
  readonly #graceMs: number;
  readonly #senders = new Map<string, SenderMemory>();
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

  allocate(name: string, refuse: () => void): BodyAllocation {
    const sender = this.#senders.get(name) ?? new SenderMemory(name);
    this.#senders.set(name, sender);
    sender.bodies += 1;
    return new BodyAllocation(this, sender, refuse);
  }

  setSmallBytes(one: BodyAllocation, bytes: number): void {
    if (one.smallBytes === bytes) return;
    const change = bytes - one.smallBytes;
    this.#totalSmallBytes += change;
    one.sender.smallBytes += change;
    if (bytes === 0) one.sender.small.delete(one);
    else if (one.smallBytes === 0) one.sender.small.add(one);
    one.smallBytes = bytes;
  }

  addWaiting(one: BodyAllocation, bytes: number, granted: () => void): void {
    one.largeBytes = bytes;
    one.onGranted = granted;
    this.#waiting.add(one);
    this.#admitWaiting();
  }

  release(one: BodyAllocation): void {
    const isRoomFree = this.#remove(one);
    const { sender, isReleased } = one;
    one.isReleased = true;
    if (!isReleased) sender.bodies -= 1;
    if (sender.bodies === 0) this.#senders.delete(sender.name);
    if (isRoomFree) this.#admitWaiting();
  }

  /** The sender that holds the most loses a body that waits to be large, or else the one that stalls longest. */
  evictSmall(): void {
    while (this.#totalSmallBytes > this.#smallLimit) {
      const sender = mostOf(this.#senders.values(), ({ smallBytes }) => smallBytes);
      const evicted = first(this.#waiting, (one) => one.sender === sender) ?? sender?.small.oldest;
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
    one.sender.largeBytes -= held;
    one.largeBytes = 0;
    one.onGranted = undefined;
    if (one.buffer !== undefined) this.buffers.giveBack(one.buffer);
    one.buffer = undefined;
    return held > 0;
  }

  /**
   * Next is the smallest body of the sender that holds the least. An overdue body of the sender that holds the most
   * makes room.
   */
  #admitWaiting(): void {
    for (;;) {
      const next = mostOf(this.#waiting, (one) => -(one.sender.largeBytes + one.largeBytes));
      if (next === undefined) return;
      if (this.#totalLargeBytes + next.largeBytes <= this.#largeLimit) {
        this.#grant(next);
        continue;
      }
      const overdue = mostOf(this.#overdue, (one) => one.sender.largeBytes);
      if (overdue === undefined) return;
      this.#evict(overdue);
    }
  }

  #grant(one: BodyAllocation): void {
    const { onGranted } = one;
    this.#waiting.delete(one);
    this.setSmallBytes(one, 0);
    this.#totalLargeBytes += one.largeBytes;
    one.sender.largeBytes += one.largeBytes;
    one.onGranted = undefined;
    one.timer = setTimeout(() => {
      this.#overdue.add(one);
      this.#admitWaiting();
    }, this.#graceMs);
    one.timer.unref();
    onGranted?.();
  }

  /**
   * Removes the body before it calls `onEvicted`, so that nothing which the callback does is counted. The callback
   * still reads the beginning of the body.
   */
  #evict(one: BodyAllocation): void {
    const { buffer } = one;
    one.buffer = undefined;
    this.#remove(one);
    one.onEvicted();
    if (buffer !== undefined) this.buffers.giveBack(buffer);
  }
}

function first<Item>(items: Iterable<Item>, accepts: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (accepts(item)) return item;
  return undefined;
}

/** The first item that has the most. */
function mostOf<Item>(items: Iterable<Item>, measure: (item: Item) => number): Item | undefined {
  let result: Item | undefined;
  for (const item of items) if (result === undefined || measure(item) > measure(result)) result = item;
  return result;
}
