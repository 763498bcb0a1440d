import { first } from './first.ts';

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

class SenderMemory {
  readonly name: string;
  /** The number of its bodies, with and without memory. */
  bodies = 0;
  smallBytes = 0;
  largeBytes = 0;
  /** The oldest first. */
  readonly small = new Set<BodyAllocation>();

  constructor(name: string) {
    this.name = name;
  }
}

export class BodyAllocation {
  readonly #memory: BodyMemory;
  readonly sender: SenderMemory;
  /** Called if another body needs the memory. */
  readonly onEvicted: () => void;
  smallBytes = 0;
  largeBytes = 0;
  isReleased = false;
  /** Set while the body waits for room. */
  onGranted: (() => void) | undefined;
  /** Set while the body is large and not overdue. */
  timer: NodeJS.Timeout | undefined;

  constructor(memory: BodyMemory, sender: SenderMemory, onEvicted: () => void) {
    this.#memory = memory;
    this.sender = sender;
    this.onEvicted = onEvicted;
  }

  /** Sets the total size of a small body. */
  resize(bytes: number): void {
    this.#memory.resize(this, bytes);
  }

  /** Calls `granted` as soon as there is room for this size, perhaps at once. */
  enlarge(bytes: number, granted: () => void): void {
    this.#memory.enlarge(this, bytes, granted);
  }

  release(): void {
    this.#memory.release(this);
  }
}

/**
 * The memory that the bodies of a process may take together. Small bodies always get room. Large ones wait. The sender
 * that holds the least is next, and loses a body last.
 */
export class BodyMemory {
  readonly #largeLimit: number;
  readonly #smallLimit: number;
  readonly #graceMs: number;
  readonly #senders = new Map<string, SenderMemory>();
  /** The oldest first, as in each set here. */
  readonly #waiting = new Set<BodyAllocation>();
  readonly #overdue = new Set<BodyAllocation>();
  #totalSmallBytes = 0;
  #totalLargeBytes = 0;

  /** Only tests set the limits. */
  constructor(largeLimit = LARGE_LIMIT_BYTES, smallLimit = SMALL_LIMIT_BYTES, graceMs = GRACE_MS) {
    this.#largeLimit = largeLimit;
    this.#smallLimit = smallLimit;
    this.#graceMs = graceMs;
  }

  allocate(name: string, onEvicted: () => void): BodyAllocation {
    const sender = this.#senders.get(name) ?? new SenderMemory(name);
    this.#senders.set(name, sender);
    sender.bodies += 1;
    return new BodyAllocation(this, sender, onEvicted);
  }

  /** The sender that holds the most loses a body that waits to be large, or else the one that stalls longest. */
  resize(body: BodyAllocation, bytes: number): void {
    this.#setSmallBytes(body, bytes);
    while (this.#totalSmallBytes > this.#smallLimit) {
      const sender = mostOf(this.#senders.values(), ({ smallBytes }) => smallBytes);
      const evicted =
        first(this.#waiting, (waiting) => waiting.sender === sender) ?? first(sender?.small ?? []);
      if (evicted === undefined) return;
      this.#evict(evicted);
    }
  }

  enlarge(body: BodyAllocation, bytes: number, granted: () => void): void {
    body.largeBytes = bytes;
    body.onGranted = granted;
    this.#waiting.add(body);
    this.#admitWaiting();
  }

  release(body: BodyAllocation): void {
    if (body.isReleased) return;
    body.isReleased = true;
    const { sender } = body;
    sender.bodies -= 1;
    if (sender.bodies === 0) this.#senders.delete(sender.name);
    if (this.#free(body)) this.#admitWaiting();
  }

  #setSmallBytes(body: BodyAllocation, bytes: number): void {
    const { sender } = body;
    this.#totalSmallBytes += bytes - body.smallBytes;
    sender.smallBytes += bytes - body.smallBytes;
    body.smallBytes = bytes;
    if (bytes === 0) sender.small.delete(body);
    else sender.small.add(body);
  }

  /** Returns whether room for a large body became free. */
  #free(body: BodyAllocation): boolean {
    this.#setSmallBytes(body, 0);
    const roomBytes = this.#waiting.delete(body) ? 0 : body.largeBytes;
    this.#totalLargeBytes -= roomBytes;
    body.sender.largeBytes -= roomBytes;
    body.largeBytes = 0;
    this.#overdue.delete(body);
    clearTimeout(body.timer);
    return roomBytes > 0;
  }

  /**
   * Next is the smallest body of the sender that holds the least. An overdue body of the sender that holds the most
   * makes room.
   */
  #admitWaiting(): void {
    for (;;) {
      const next = mostOf(this.#waiting, (body) => -(body.sender.largeBytes + body.largeBytes));
      if (next === undefined) return;
      if (this.#totalLargeBytes + next.largeBytes <= this.#largeLimit) {
        this.#grant(next);
        continue;
      }
      const overdue = mostOf(this.#overdue, (body) => body.sender.largeBytes);
      if (overdue === undefined) return;
      this.#evict(overdue);
    }
  }

  #grant(body: BodyAllocation): void {
    this.#waiting.delete(body);
    this.#setSmallBytes(body, 0);
    this.#totalLargeBytes += body.largeBytes;
    body.sender.largeBytes += body.largeBytes;
    body.timer = setTimeout(() => {
      this.#overdue.add(body);
      this.#admitWaiting();
    }, this.#graceMs);
    body.timer.unref();
    body.onGranted?.();
  }

  /** Frees the memory before it calls `onEvicted`, so that nothing which the callback does is counted. */
  #evict(body: BodyAllocation): void {
    this.#free(body);
    body.onEvicted();
  }
}

/** The first item that has the most. */
function mostOf<Item>(items: Iterable<Item>, measure: (item: Item) => number): Item | undefined {
  let result: Item | undefined;
  for (const item of items) if (result === undefined || measure(item) > measure(result)) result = item;
  return result;
}
