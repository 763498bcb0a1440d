/**
 * More than the API server sends of any object that it stores through its API: etcd takes 1.5 MiB of it, and JSON spells one byte with six at most
 * (`<` is `\u003c`), which makes 9 MiB. Bytes.
 */
export const MAX_OBJECT_BYTES = 16 * 1024 * 1024;

/** Kept of an object that is larger: its name comes before all that can be long. Bytes. */
const HEAD_BYTES = 4096;

/** An object that is too large to be read. Empty where the first bytes do not tell. */
export interface OversizedObject {
  readonly namespace: string;
  readonly name: string;
}

/** A name of Kubernetes: none has an escape in JSON, and none is longer than 253. */
const NAME = /"name":"([-.:a-z0-9]{1,253})"/;
const NAMESPACE = /"namespace":"([-a-z0-9]{1,63})"/;

/** `head`: the first bytes of the object's JSON, which are cut off anywhere. */
export function oversizedObjectOf(head: Buffer): OversizedObject {
  const text = head.toString('utf8', 0, HEAD_BYTES);
  const metadata = text.slice(Math.max(0, text.indexOf('"metadata":{')));
  return { namespace: NAMESPACE.exec(metadata)?.[1] ?? '', name: NAME.exec(metadata)?.[1] ?? '' };
}

/** Bytes that come piece by piece, up to a limit; beyond it only the first ones are kept. */
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
    // A copy: a piece of a chunk holds the whole chunk.
    if (this.isOverLimit) this.#chunks = [Buffer.from(Buffer.concat(this.#chunks).subarray(0, HEAD_BYTES))];
  }

  get isOverLimit(): boolean {
    return this.#size > this.#limit;
  }

  /** All bytes, or the first ones where there were too many. */
  bytes(): Buffer {
    const [first] = this.#chunks;
    return first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
  }
}
