import { Buffer } from 'node:buffer';
import { freeMemory } from './body.ts';

/** Buffers are made in this granularity, so that the next body is likely to fit. Bytes. */
const STEP_BYTES = 256 * 1024;
/** Enough for an update of a Secret of 1 MiB: two objects as base64. A larger body does not get a buffer. */
export const MAX_BUFFER_BYTES = 3 * 1024 * 1024;
/** The limit for all unused buffers. */
const MAX_UNUSED_BYTES = 4 * MAX_BUFFER_BYTES;

/**
 * Buffers for large bodies, each used again and again. New megabytes for each body cost more in page faults and garbage
 * collection than the reading.
 */
export class BodyBuffers {
  /** The one that was used last is the last. */
  readonly #unused: Buffer[] = [];
  #unusedBytes = 0;

  /** A buffer of at least this size. */
  take(bytes: number): Buffer {
    const at = this.#unused.findLastIndex(({ length }) => length >= bytes);
    const [buffer] = at === -1 ? [] : this.#unused.splice(at, 1);
    if (buffer === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.#unusedBytes -= buffer.length;
    return buffer;
  }

  giveBack(buffer: Buffer): void {
    this.#unused.push(buffer);
    this.#unusedBytes += buffer.length;
    while (this.#unusedBytes > MAX_UNUSED_BYTES) {
      const oldest = this.#unused.shift();
      if (oldest === undefined) return;
      this.#unusedBytes -= oldest.length;
      freeMemory(oldest);
    }
  }
}
