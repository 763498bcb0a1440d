/**
 * More than the API server sends of any object that it stores through its API: etcd takes 1.5 MiB of it, and JSON spells one byte with six at most
 * (`<` is `\u003c`), which makes 9 MiB. Bytes.
 */
export const LARGEST_OBJECT = 16 * 1024 * 1024;

/** Kept of an object that is larger: its name comes before all that can be long. Bytes. */
const HEAD = 4096;

/** An object that is too large to be read. Empty where the first bytes do not tell. */
export interface Oversized {
  readonly namespace: string;
  readonly name: string;
}

/** A name of Kubernetes: none has an escape in JSON, and none is longer than 253. */
const NAME = /"name":"([-.:a-z0-9]{1,253})"/;
const NAMESPACE = /"namespace":"([-a-z0-9]{1,63})"/;

/** `head`: the first bytes of the object's JSON, which are cut off anywhere. */
export function oversizedIn(head: Buffer): Oversized {
  const text = head.toString('utf8', 0, HEAD);
  const metadata = text.slice(Math.max(0, text.indexOf('"metadata":{')));
  return { namespace: NAMESPACE.exec(metadata)?.[1] ?? '', name: NAME.exec(metadata)?.[1] ?? '' };
}

/** Bytes that come piece by piece, up to a limit; beyond it only the first ones are kept. */
export class Pieces {
  #pieces: Buffer[] = [];
  #size = 0;
  readonly #limit: number;

  constructor(limit = LARGEST_OBJECT) {
    this.#limit = limit;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    const wasOver = this.isOver;
    this.#size += piece.length;
    if (wasOver) return;
    this.#pieces.push(piece);
    // A copy: a piece of a chunk holds the whole chunk.
    if (this.isOver) this.#pieces = [Buffer.from(Buffer.concat(this.#pieces).subarray(0, HEAD))];
  }

  get isOver(): boolean {
    return this.#size > this.#limit;
  }

  /** All bytes, or the first ones where there were too many. */
  bytes(): Buffer {
    const [first] = this.#pieces;
    return first !== undefined && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
  }
}
