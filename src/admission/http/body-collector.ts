import type { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { LockstepError } from '../../errors.ts';
import { type BodyChunks, UnreadBody } from './body.ts';
import { type BodyDeadlines, ExpiringBody } from './body-deadlines.ts';
import { type BodyAllocation, SMALL_BODY_BYTES } from './body-memory.ts';
import { ChunkList } from './chunk-list.ts';

/**
 * Go writes records of at least one kilobyte. A body that arrives byte by byte costs a call for each byte, so its
 * socket is closed.
 */
const SHORT_CHUNK_BYTES = 256;
const MAX_CHUNKS = 1000;

const NO_CHUNKS = new ChunkList();

export interface BodyLimits {
  readonly budgetMs: number;
  readonly maxBytes: number;
}

/** The whole body, the beginning of a refused one, or the error of one that did not arrive. */
export type CollectedBody = BodyChunks | UnreadBody | LockstepError;

/**
 * Calls `onCollected` once, with the whole body or with an error. Node reads and drops the rest of a refused body.
 *
 *     small ── whole                                  always
 *     small ── waits for room ── large ── whole       the stream is paused until then
 *                    └────────────┴── refused         its time is over, or others need the memory
 *
 * After `limits.budgetMs` a slow client gets its answer. It delays no other client.
 */
export class BodyCollector extends ExpiringBody {
  override readonly expiresAt: number;
  readonly #stream: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #memory: BodyAllocation;
  readonly #deadlines: BodyDeadlines;
  readonly #onCollected: (body: CollectedBody) => void;
  readonly #contentLength: number;
  #chunks: ChunkList = new ChunkList();
  #receivedBytes = 0;
  #chunkCount = 0;
  #state: 'small' | 'waits' | 'large' | 'ended' = 'small';

  constructor(
    stream: IncomingMessage,
    limits: BodyLimits,
    memory: BodyAllocation,
    deadlines: BodyDeadlines,
    onCollected: (body: CollectedBody) => void,
  ) {
    super();
    this.#stream = stream;
    this.#limits = limits;
    this.#memory = memory;
    this.#deadlines = deadlines;
    this.#onCollected = onCollected;
    this.#contentLength = Number(stream.headers['content-length'] ?? Number.NaN);
    this.expiresAt = performance.now() + limits.budgetMs;
    deadlines.add(this);
    // The listeners stay: without one for `data`, the stream would keep the rest of a refused body.
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onEnd());
    // Node emits no `error` without a listener. A stream that is cut off closes without an end.
    stream.on('close', () => this.onClosed());
  }

  override onExpired(): void {
    if (this.#state === 'waits') this.refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
    else this.#finish(new LockstepError('DEADLINE_EXCEEDED', [Math.round(this.#limits.budgetMs)]));
  }

  /** The caller has disconnected. Nothing is written to the memory of the body from now on. */
  onClosed(): void {
    if (!this.#isEnded()) this.#finish(new LockstepError('BODY_TRUNCATED'));
  }

  /** Ends with the beginning of the body. */
  refuse(error: LockstepError): void {
    this.#finish(new UnreadBody(this.#chunks.head(SMALL_BODY_BYTES), error));
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'ended') return;
    this.#receivedBytes += chunk.length;
    this.#chunkCount += 1;
    const received = this.#receivedBytes;
    if (this.#chunkCount > MAX_CHUNKS + received / SHORT_CHUNK_BYTES) {
      this.#stream.socket.destroy();
      return;
    }
    this.#chunks.add(chunk);
    const { maxBytes } = this.#limits;
    if (received > maxBytes || (this.#contentLength > maxBytes && received > SMALL_BODY_BYTES)) {
      this.refuse(new LockstepError('BODY_TOO_LARGE', [maxBytes]));
    } else if (received <= SMALL_BODY_BYTES) {
      this.#memory.resize(received);
    } else if (this.#state === 'small') this.#waitForRoom();
  }

  #waitForRoom(): void {
    this.#state = 'waits';
    this.#stream.pause();
    // Node and the layers below it hold the same amount again. This may evict the body itself.
    this.#memory.resize(2 * SMALL_BODY_BYTES);
    if (this.#isEnded()) return;
    const bytes = Number.isNaN(this.#contentLength) ? this.#limits.maxBytes : this.#contentLength;
    this.#memory.enlarge(bytes, () => {
      this.#state = 'large';
      this.#chunks.gatherInto(this.#memory.takeBuffer(bytes));
      this.#stream.resume();
    });
  }

  #onEnd(): void {
    if (this.#isEnded()) return;
    if (this.#contentLength > this.#limits.maxBytes) this.#finish(new LockstepError('BODY_TRUNCATED'));
    else this.#finish(this.#chunks.all());
  }

  #isEnded(): boolean {
    return this.#state === 'ended';
  }

  #finish(body: CollectedBody): void {
    if (this.#isEnded()) return;
    if (this.#state === 'waits') this.#stream.resume();
    this.#state = 'ended';
    // The listeners hold this collector until the request ends. They must not hold the body too.
    this.#chunks = NO_CHUNKS;
    this.#deadlines.delete(this);
    this.#onCollected(body);
    // After the answer, which needs the beginning of the body.
    if (!Array.isArray(body)) this.#memory.release();
  }
}
