import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { LockstepError } from '../../errors/errors.ts';
import { type BodyAllocation, SMALL_BODY_BYTES } from './body-memory.ts';

/**
 * Above the review of each write that can be stored. etcd takes 1.5 MiB for one object. JSON writes `<` or an invalid
 * character as six bytes, so an object takes 9 MiB. An UPDATE has two objects and a small envelope.
 */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** etcd takes 1.5 MiB for one policy, and an UPDATE has two. */
export const MAX_POLICY_BODY_BYTES = 4 * 1024 * 1024;

/**
 * Go writes records of at least one kilobyte. A body that arrives byte by byte costs a call for each byte, so its
 * socket is closed.
 */
const SHORT_CHUNK_BYTES = 256;
const MAX_CHUNKS = 1000;
/** The memory that each chunk takes besides its bytes. */
const CHUNK_OVERHEAD_BYTES = 512;

export interface BodyLimits {
  readonly budgetMs: number;
  readonly maxBytes: number;
}

/**
 * The body of one call, as fastify reads it. It ends with an error if it can't be read to its end:
 *
 *     small ── whole                                  always
 *     small ── waits for room ── large ── whole       the socket is paused until then
 *                    └────────────┴── error           its time is over, or others need the memory
 *
 * After `limits.budgetMs` a slow client gets its answer. Node reads and drops the rest of a refused body.
 */
export class ReviewBody extends Readable {
  readonly #source: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #memory: BodyAllocation;
  readonly #timer: NodeJS.Timeout;
  #isStarted = false;
  #state: 'small' | 'waits' | 'large' = 'small';
  #receivedBytes = 0;
  #chunkCount = 0;
  /** The first chunks, up to `SMALL_BODY_BYTES`. */
  #head: Buffer[] = [];
  /** Set while `readHead` waits. */
  #onHead: (() => void) | undefined;

  constructor(source: IncomingMessage, limits: BodyLimits, memory: BodyAllocation) {
    super();
    this.#source = source;
    this.#limits = limits;
    this.#memory = memory;
    this.#timer = setTimeout(() => this.#onExpired(), limits.budgetMs);
    // fastify listens only while it reads.
    this.on('error', () => {});
  }

  /**
   * The first bytes of a body that is not read to its end, at most `SMALL_BODY_BYTES`. Waits for them if fastify
   * refuses the body by its headers.
   */
  readHead(onHead: (head: Buffer) => void): void {
    this.#onHead = () => {
      this.#onHead = undefined;
      const head = Buffer.concat(this.#head).subarray(0, SMALL_BODY_BYTES);
      this.discard();
      onHead(head);
    };
    if (this.#isHeadComplete()) this.#onHead();
    else this.#start();
  }

  /** The call is answered, or about to be. From now on nothing of the body is kept. */
  discard(): void {
    this.#head = [];
    this.destroy();
  }

  override _read(): void {
    this.#start();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    if (this.#isStarted) this.#source.resume();
    this.#onHead?.();
    callback(error);
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    // The listeners stay: without one for `data`, the stream would keep the rest of a refused body.
    this.#source.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#source.on('end', () => this.#onEnd());
    // Node emits no `error` without a listener. A stream that is cut off closes without an end.
    this.#source.on('close', () => {
      if (!this.#source.readableEnded) this.destroy(new LockstepError('BODY_TRUNCATED'));
    });
  }

  #onData(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#chunkCount += 1;
    if (this.#chunkCount > MAX_CHUNKS + this.#receivedBytes / SHORT_CHUNK_BYTES) {
      this.#source.socket.destroy();
      return;
    }
    // A chunk may be a small part of the TLS record that it came in. A copy does not hold the rest of it.
    const kept = chunk.length < chunk.buffer.byteLength / 2 ? Buffer.from(chunk) : chunk;
    if (!this.#isHeadComplete()) this.#head.push(kept);
    this.#receivedBytes += chunk.length;
    this.#account();
    if (this.destroyed) return;
    if (this.#onHead === undefined) this.push(kept);
    else if (this.#isHeadComplete()) this.#onHead();
  }

  /** This may evict the body itself. */
  #account(): void {
    if (this.#receivedBytes <= SMALL_BODY_BYTES)
      this.#memory.resize(this.#receivedBytes + this.#chunkCount * CHUNK_OVERHEAD_BYTES);
    else if (this.#state === 'small' && this.#onHead === undefined) this.#waitForRoom();
  }

  #waitForRoom(): void {
    this.#state = 'waits';
    this.#source.pause();
    // Node and the layers below it hold the same amount again.
    this.#memory.resize(2 * SMALL_BODY_BYTES);
    if (this.destroyed) return;
    const length = this.#source.headers['content-length'];
    this.#memory.enlarge(length === undefined ? this.#limits.maxBytes : Number(length), () => {
      this.#state = 'large';
      this.#source.resume();
    });
  }

  #onEnd(): void {
    if (this.destroyed) return;
    this.push(null);
    this.#onHead?.();
  }

  #onExpired(): void {
    this.destroy(
      this.#state === 'waits'
        ? new LockstepError('MEMORY_BUDGET_EXCEEDED')
        : new LockstepError('DEADLINE_EXCEEDED', [Math.round(this.#limits.budgetMs)]),
    );
  }

  #isHeadComplete(): boolean {
    return this.#receivedBytes >= SMALL_BODY_BYTES || this.#source.readableEnded || this.destroyed;
  }
}
