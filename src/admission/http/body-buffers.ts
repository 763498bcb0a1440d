import { Buffer } from 'node:buffer';
import { freeMemory } from './body.ts';

/** Buffers are made in this granularity, so that the next body is likely to fit. Bytes. */
const STEP_BYTES = 256 * 1024;
/** Enough for an update of a Secret of 1 MiB: two objects as base64. A larger buffer is freed after its body. */
const MAX_BUFFER_BYTES = 3 * 1024 * 1024;
/**
 * The limit for all unused buffers: an API server with eight open calls. With fewer, V8 starts a full collection for
 * every few updates of 1 MiB.
 */
const MAX_UNUSED_BYTES = 8 * MAX_BUFFER_BYTES;
/** Large reviews are rare. After this time without one, all unused buffers are freed. */
const IDLE_MS = 5000;

/**
 * Buffers for large bodies, each used again and again. New megabytes for each body cost more in page faults and garbage
 * collection than the reading.
 */
export class BodyBuffers {
  readonly #defer: (work: () => void, afterMs: number) => void;
  /** The one that was used last is the last. */
  #unused: Buffer[] = [];
  #unusedBytes = 0;
  /** Set while a call of `#freeIfIdle` is due. */
  #isWaiting = false;
  #isIdle = true;

  /** Only tests pass the argument. */
  constructor(defer: (work: () => void, afterMs: number) => void = deferUnref) {
    this.#defer = defer;
  }

  /** A buffer of at least this size. */
  take(bytes: number): Buffer {
    this.#isIdle = false;
    const at = this.#unused.findLastIndex(({ length }) => length >= bytes);
    const [buffer] = at === -1 ? [] : this.#unused.splice(at, 1);
    if (buffer === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.#unusedBytes -= buffer.length;
    return buffer;
  }

  giveBack(buffer: Buffer): void {
    if (buffer.length > MAX_BUFFER_BYTES) {
      freeMemory(buffer);
      return;
    }
    this.#isIdle = false;
    this.#unused.push(buffer);
    this.#unusedBytes += buffer.length;
    while (this.#unusedBytes > MAX_UNUSED_BYTES) {
      const oldest = this.#unused.shift();
      if (oldest === undefined) return;
      this.#unusedBytes -= oldest.length;
      freeMemory(oldest);
    }
    if (!this.#isWaiting) this.#wait();
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#isIdle = true;
    this.#defer(() => this.#freeIfIdle(), IDLE_MS);
  }

  #freeIfIdle(): void {
    if (!this.#isIdle) {
      this.#wait();
      return;
    }
    this.#isWaiting = false;
    for (const buffer of this.#unused) freeMemory(buffer);
    this.#unused = [];
    this.#unusedBytes = 0;
  }
}

function deferUnref(work: () => void, afterMs: number): void {
  setTimeout(work, afterMs).unref();
}
