import { Buffer } from 'node:buffer';
import { type BodyChunks, freeMemory, headOf } from './body.ts';

/** Smaller chunks are merged. A body may arrive byte by byte, and each chunk costs some hundred bytes of its own. */
const CHUNK_BYTES = 16 * 1024;

/** The chunks of a body that still arrives. */
export class ChunkList {
  #chunks: Buffer[] = [];
  /** Holds the whole body, from the first call of `gatherInto` on. */
  #whole: Buffer | undefined;
  #wholeBytes = 0;
  /** Small chunks are copied into it. */
  #merged: Buffer | undefined;
  #mergedBytes = 0;

  /**
   * From now on each chunk is copied into `buffer` and freed at once. The next chunk then gets the same memory, which
   * is still in the cache of the CPU.
   */
  gatherInto(buffer: Buffer): void {
    const earlier = this.all();
    this.#chunks = [];
    this.#whole = buffer;
    for (const chunk of earlier) this.add(chunk);
  }

  add(chunk: Buffer): void {
    if (this.#whole !== undefined) {
      this.#wholeBytes += chunk.copy(this.#whole, this.#wholeBytes);
      freeMemory(chunk);
      return;
    }
    // The usual body is one chunk, and is not copied.
    if (chunk.length >= CHUNK_BYTES / 4 || (this.#chunks.length === 0 && this.#merged === undefined)) {
      this.#closeMerged();
      this.#chunks.push(chunk);
      return;
    }
    if (this.#merged === undefined || this.#mergedBytes + chunk.length > this.#merged.length) {
      this.#closeMerged();
      this.#merged = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    }
    this.#mergedBytes += chunk.copy(this.#merged, this.#mergedBytes);
  }

  all(): BodyChunks {
    if (this.#whole !== undefined) return [this.#whole.subarray(0, this.#wholeBytes)];
    this.#closeMerged();
    return this.#chunks;
  }

  /** The first bytes, at most `maxBytes`. */
  head(maxBytes: number): Buffer {
    return headOf(this.all(), maxBytes);
  }

  #closeMerged(): void {
    if (this.#merged === undefined) return;
    this.#chunks.push(this.#merged.subarray(0, this.#mergedBytes));
    this.#merged = undefined;
    this.#mergedBytes = 0;
  }
}
