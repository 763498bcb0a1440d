import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { LockstepError } from '../../errors.ts';
import { type BodyRoom, SMALL_BODY } from './body-memory.ts';

/**
 * Above every review of a write that can be stored. etcd takes 1.5 MiB an object, and JSON writes `<` or a broken character as six bytes: 9 MiB an object,
 * two of them in an UPDATE, and what stands around them. Bytes.
 */
export const BODY_LIMIT = 20 * 1024 * 1024;

/** Two objects of 1 MiB of data as base64, or one of the 3 MiB that a request may have: nearly every body ends below it. Bytes. */
const USUAL = 7 * 1024 * 1024;

/** Smaller pieces are put together: a body may come byte by byte, and each piece costs some hundred bytes beside its own. Bytes. */
const PIECE = 16 * 1024;

/** Go writes records of a kilobyte at the least. A body that comes byte by byte costs a call for each of them, and its socket is cut. Bytes. */
const SHORT_PIECE = 256;
const MOST_PIECES = 1000;

/** A body as it arrived. */
export type Chunks = readonly Buffer[];

/** A body that is not read on: its beginning, and why. */
export class Unread {
  readonly head: Buffer;
  readonly error: LockstepError;

  constructor(head: Buffer, error: LockstepError) {
    this.head = head;
    this.error = error;
  }
}

/** The whole body, what is there of one that is refused, or what was wrong with it. `release` gives its memory back. */
export interface Collected {
  readonly body: Chunks | Unread | LockstepError;
  /** `lost` is called where the memory is needed for others before it was given back. */
  readonly keep: (lost: () => void) => void;
  readonly release: () => void;
}

/** Memory for one body, used again and again: fresh megabytes for each large review cost more in page faults and garbage collection than reading it. */
const whole = Buffer.allocUnsafeSlow(USUAL);

/** The body in one piece. Valid until the next call, so what is made of it must be done with before anything is waited for. */
export function joined(chunks: Chunks): Buffer {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const body = size <= USUAL ? whole : Buffer.allocUnsafeSlow(size);
  let length = 0;
  for (const chunk of chunks) {
    length += chunk.copy(body, length);
    free(chunk);
  }
  return body.subarray(0, length);
}

/** At most so many bytes of its beginning, as they are. */
export function beginningOf(chunks: Chunks, most: number): Buffer {
  const first: Buffer[] = [];
  for (let at = 0, size = 0; at < chunks.length && size < most; at += 1) {
    const piece = chunks[at] ?? Buffer.alloc(0);
    first.push(piece);
    size += piece.length;
  }
  return first.length === 1
    ? (first[0] ?? Buffer.alloc(0)).subarray(0, most)
    : Buffer.concat(first).subarray(0, most);
}

/** At once, and not when it is collected: V8 counts megabytes outside of its heap, and begins a full collection for every 64 of them. */
function free(chunk: Buffer): void {
  if (chunk.length === chunk.buffer.byteLength && chunk.buffer instanceof ArrayBuffer)
    chunk.buffer.transfer(0);
}

/**
 * Calls `done` once, with the whole body or with what was wrong with it. What is wrong is a result like any other, because an error would make
 * fastify close a socket that is still good: the rest of a refused body is read and dropped by Node.
 *
 *     small ── whole                                  always
 *     small ── waits for room ── large ── whole       the sender is held back meanwhile
 *                    └────────────┴── refused         its time is over, or others need the memory
 *
 * `budget` is in milliseconds: a client that is slower gets its answer, and nobody else waits.
 */
export function collectBody(
  stream: IncomingMessage,
  budget: number,
  room: BodyRoom,
  done: (collected: Collected) => void,
): void {
  const announced = Number(stream.headers['content-length'] ?? Number.NaN);
  const pieces = gather();
  let received = 0;
  let count = 0;
  let waits = false;
  let large = false;
  let ended = false;
  let lost = (): void => refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
  const place = room.enter(() => lost());
  const timer = setTimeout(late, budget);
  stream.on('data', take).on('end', complete).on('error', cut).on('close', cut);

  function take(chunk: Buffer): void {
    received += chunk.length;
    count += 1;
    if (count > MOST_PIECES + received / SHORT_PIECE) {
      stream.socket.destroy();
      return;
    }
    pieces.add(chunk);
    if (received > BODY_LIMIT || (announced > BODY_LIMIT && received > SMALL_BODY)) {
      refuse(new LockstepError('BODY_TOO_LARGE', [BODY_LIMIT]));
    } else if (received <= SMALL_BODY) {
      place.hold(received);
    } else if (!large && !waits) {
      waits = true;
      stream.pause();
      // As much again is on its way, in Node and below.
      place.hold(2 * SMALL_BODY);
      if (!ended) place.enlarge(Number.isNaN(announced) ? BODY_LIMIT : announced, grown);
    }
  }

  function grown(): void {
    waits = false;
    large = true;
    stream.resume();
  }

  function complete(): void {
    finish(announced > BODY_LIMIT ? new LockstepError('BODY_TRUNCATED') : pieces.all());
  }

  function cut(): void {
    finish(new LockstepError('BODY_TRUNCATED'));
  }

  function late(): void {
    if (waits) refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
    else finish(new LockstepError('DEADLINE_EXCEEDED', [Math.round(budget)]));
  }

  function refuse(error: LockstepError): void {
    finish(new Unread(pieces.head(SMALL_BODY), error));
  }

  function finish(body: Chunks | Unread | LockstepError): void {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    stream.off('data', take).off('end', complete).off('error', cut).off('close', cut);
    stream.on('error', ignore);
    stream.resume();
    if (!Array.isArray(body)) place.leave();
    lost = ignore;
    done({
      body,
      keep: (onLost) => {
        lost = onLost;
      },
      release: () => place.leave(),
    });
  }
}

interface Gathered {
  readonly add: (chunk: Buffer) => void;
  readonly all: () => Chunks;
  /** At most so many bytes of its beginning. */
  readonly head: (most: number) => Buffer;
}

function gather(): Gathered {
  const pieces: Buffer[] = [];
  let open = Buffer.alloc(0);
  let filled = 0;

  function close(): void {
    if (filled > 0) pieces.push(open.subarray(0, filled));
    filled = 0;
    open = Buffer.alloc(0);
  }

  return {
    add: (chunk) => {
      // The usual body is one piece, and is not copied.
      if (chunk.length >= PIECE / 4 || (pieces.length === 0 && filled === 0)) {
        close();
        pieces.push(chunk);
        return;
      }
      if (filled + chunk.length > open.length) {
        close();
        open = Buffer.allocUnsafeSlow(PIECE);
      }
      filled += chunk.copy(open, filled);
    },
    all: () => {
      close();
      return pieces;
    },
    head: (most) => {
      close();
      return beginningOf(pieces, most);
    },
  };
}

/** The answer is on its way; what the socket does afterwards is no news. */
function ignore(): void {}
