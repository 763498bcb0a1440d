/**
 * More than the API server sends for any object that it stores. etcd takes 1.5 MiB of an object. JSON writes one byte
 * as at most six (`<` is `\u003c`), which makes 9 MiB.
 */
export const MAX_OBJECT_BYTES = 16 * 1024 * 1024;

/** The part of a larger object that is kept. The name comes before each field that can be long. */
const HEAD_BYTES = 4096;

/** An object that is too large to read. The fields are empty if the first bytes do not hold them. */
export interface OversizedObject {
  readonly namespace: string;
  readonly name: string;
}

/** A Kubernetes name has no escape in JSON, and at most 253 characters. */
const NAME = /"name":"([-.:a-z0-9]{1,253})"/;
const NAMESPACE = /"namespace":"([-a-z0-9]{1,63})"/;

/** `head` holds the first bytes of the object's JSON, cut at any place. */
export function oversizedObjectOf(head: Buffer): OversizedObject {
  const text = head.toString('utf8', 0, HEAD_BYTES);
  const metadata = text.slice(Math.max(0, text.indexOf('"metadata":{')));
  return { namespace: NAMESPACE.exec(metadata)?.[1] ?? '', name: NAME.exec(metadata)?.[1] ?? '' };
}

/** Collects bytes up to a limit. Above the limit, it keeps only the first ones. */
export class LimitedBuffer {
  #chunks: Buffer[] = [];
  #size = 0;
  readonly #limit: number;

  constructor(limit = MAX_OBJECT_BYTES) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const wasOverLimit = this.isOverLimit;
    this.#size += chunk.length;
    if (wasOverLimit) return;
    this.#chunks.push(chunk);
    // A copy, because a slice of a chunk keeps the whole chunk in memory.
    if (this.isOverLimit) this.#chunks = [Buffer.from(Buffer.concat(this.#chunks).subarray(0, HEAD_BYTES))];
  }

  get isOverLimit(): boolean {
    return this.#size > this.#limit;
  }

  /** All bytes, or the first ones if there were too many. */
  bytes(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
  }
}
