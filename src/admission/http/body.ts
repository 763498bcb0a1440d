import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { LockstepError } from '../../errors.ts';
import { type BodyMemory, SMALL_BODY_BYTES } from './body-memory.ts';

/**
 * Above the review of each write that can be stored. etcd takes 1.5 MiB for one object. JSON writes `<` or an invalid
 * character as six bytes, so an object takes 9 MiB. An UPDATE has two objects and a small envelope.
 */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;

/**
 * Enough for two objects of 1 MiB of data as base64, or one of the 3 MiB that a request may have. Nearly every body is
 * smaller.
 */
const REUSED_BUFFER_BYTES = 7 * 1024 * 1024;

/** Smaller chunks are merged. A body may arrive byte by byte, and each chunk costs some hundred bytes of its own. */
const CHUNK_BYTES = 16 * 1024;

/**
 * Go writes records of at least one kilobyte. A body that arrives byte by byte costs a call for each byte, so its
 * socket is closed.
 */
const SHORT_CHUNK_BYTES = 256;
const MAX_CHUNKS = 1000;

/** The chunks of a body, as they arrived. */
export type BodyChunks = readonly Buffer[];

/** A body that is not read to its end: its beginning and the reason. */
export class UnreadBody {
  readonly head: Buffer;
  readonly error: LockstepError;

  constructor(head: Buffer, error: LockstepError) {
    this.head = head;
    this.error = error;
  }
}

/** The whole body, the beginning of a refused body, or the error. `release` frees the memory. */
export interface CollectedBody {
  readonly body: BodyChunks | UnreadBody | LockstepError;
  /** `lost` is called if the memory is needed for another body before `release`. */
  readonly keep: (lost: () => void) => void;
  readonly release: () => void;
}

/**
 * Memory for one body, used for each in turn. New megabytes for each large review cost more in page faults and garbage
 * collection than the reading.
 */
const sharedBuffer = Buffer.allocUnsafeSlow(REUSED_BUFFER_BYTES);

/**
 * The body in one buffer. It is valid until the next call, so the caller must finish with it before it awaits anything.
 */
export function concatChunks(chunks: BodyChunks): Buffer {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const body = size <= REUSED_BUFFER_BYTES ? sharedBuffer : Buffer.allocUnsafeSlow(size);
  let length = 0;
  for (const chunk of chunks) {
    length += chunk.copy(body, length);
    freeChunk(chunk);
  }
  return body.subarray(0, length);
}

/** The first bytes of the body, at most `maxBytes`. */
export function headOf(chunks: BodyChunks, maxBytes: number): Buffer {
  const headChunks: Buffer[] = [];
  for (let at = 0, size = 0; at < chunks.length && size < maxBytes; at += 1) {
    const chunk = chunks[at] ?? Buffer.alloc(0);
    headChunks.push(chunk);
    size += chunk.length;
  }
  return headChunks.length === 1
    ? (headChunks[0] ?? Buffer.alloc(0)).subarray(0, maxBytes)
    : Buffer.concat(headChunks).subarray(0, maxBytes);
}

/**
 * Frees the memory at once. V8 counts megabytes outside of its heap, and starts a full collection for every 64 of them.
 */
function freeChunk(chunk: Buffer): void {
  if (chunk.length === chunk.buffer.byteLength && chunk.buffer instanceof ArrayBuffer)
    chunk.buffer.transfer(0);
}

/**
 * Calls `done` once, with the whole body or with an error. The error is a result, because a thrown one makes fastify
 * close a good socket. Node reads and drops the rest of a refused body.
 *
 *     small ── whole                                  always
 *     small ── waits for room ── large ── whole       the stream is paused until then
 *                    └────────────┴── refused         its time is over, or others need the memory
 *
 * After `budgetMs` a slow client gets its answer. It delays no other client.
 */
export function collectBody(
  stream: IncomingMessage,
  budgetMs: number,
  memory: BodyMemory,
  done: (collected: CollectedBody) => void,
): void {
  const contentLength = Number(stream.headers['content-length'] ?? Number.NaN);
  const buffer = chunkBuffer();
  let received = 0;
  let count = 0;
  let isWaiting = false;
  let isLarge = false;
  let isEnded = false;
  let evictionHandler = (): void => refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
  const allocation = memory.allocate(() => evictionHandler());
  const timer = setTimeout(onTimeout, budgetMs);
  stream.on('data', onData).on('end', onEnd).on('error', onAborted).on('close', onAborted);

  function onData(chunk: Buffer): void {
    received += chunk.length;
    count += 1;
    if (count > MAX_CHUNKS + received / SHORT_CHUNK_BYTES) {
      stream.socket.destroy();
      return;
    }
    buffer.add(chunk);
    if (received > MAX_BODY_BYTES || (contentLength > MAX_BODY_BYTES && received > SMALL_BODY_BYTES)) {
      refuse(new LockstepError('BODY_TOO_LARGE', [MAX_BODY_BYTES]));
    } else if (received <= SMALL_BODY_BYTES) {
      allocation.resize(received);
    } else if (!isLarge && !isWaiting) {
      isWaiting = true;
      stream.pause();
      // Node and the layers below it hold the same amount again.
      allocation.resize(2 * SMALL_BODY_BYTES);
      if (!isEnded)
        allocation.enlarge(Number.isNaN(contentLength) ? MAX_BODY_BYTES : contentLength, onGranted);
    }
  }

  function onGranted(): void {
    isWaiting = false;
    isLarge = true;
    stream.resume();
  }

  function onEnd(): void {
    finish(contentLength > MAX_BODY_BYTES ? new LockstepError('BODY_TRUNCATED') : buffer.all());
  }

  function onAborted(): void {
    finish(new LockstepError('BODY_TRUNCATED'));
  }

  function onTimeout(): void {
    if (isWaiting) refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
    else finish(new LockstepError('DEADLINE_EXCEEDED', [Math.round(budgetMs)]));
  }

  function refuse(error: LockstepError): void {
    finish(new UnreadBody(buffer.head(SMALL_BODY_BYTES), error));
  }

  function finish(body: BodyChunks | UnreadBody | LockstepError): void {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(timer);
    stream.off('data', onData).off('end', onEnd).off('error', onAborted).off('close', onAborted);
    stream.on('error', ignore);
    stream.resume();
    if (!Array.isArray(body)) allocation.release();
    evictionHandler = ignore;
    done({
      body,
      keep: (onEvicted) => {
        evictionHandler = onEvicted;
      },
      release: () => allocation.release(),
    });
  }
}

interface ChunkBuffer {
  readonly add: (chunk: Buffer) => void;
  readonly all: () => BodyChunks;
  /** The first bytes, at most `maxBytes`. */
  readonly head: (most: number) => Buffer;
}

function chunkBuffer(): ChunkBuffer {
  const chunks: Buffer[] = [];
  let current = Buffer.alloc(0);
  let filled = 0;

  function closeCurrent(): void {
    if (filled > 0) chunks.push(current.subarray(0, filled));
    filled = 0;
    current = Buffer.alloc(0);
  }

  return {
    add: (chunk) => {
      // The usual body is one chunk, and is not copied.
      if (chunk.length >= CHUNK_BYTES / 4 || (chunks.length === 0 && filled === 0)) {
        closeCurrent();
        chunks.push(chunk);
        return;
      }
      if (filled + chunk.length > current.length) {
        closeCurrent();
        current = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      }
      filled += chunk.copy(current, filled);
    },
    all: () => {
      closeCurrent();
      return chunks;
    },
    head: (most) => {
      closeCurrent();
      return headOf(chunks, most);
    },
  };
}

/** The answer is on its way, so a later error of the socket does not matter. */
function ignore(): void {}
