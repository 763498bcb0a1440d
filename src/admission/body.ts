import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { LockstepError } from '../errors.ts';

/**
 * At worst a review has 4.6 MB: two objects of 1 MiB of data as base64, or one of the 3 MiB that a request may have, since size is checked after
 * mutation. Bytes.
 */
export const BODY_LIMIT = 7 * 1024 * 1024;

/** A body as it arrived. */
export type Chunks = readonly Buffer[];

/** Memory for one body, used again and again: fresh megabytes for each large review cost more in page faults and garbage collection than reading it. */
const whole = Buffer.allocUnsafeSlow(BODY_LIMIT);

/** The body in one piece. Valid until the next call, so what is made of it must be done with before anything is waited for. */
export function joined(chunks: Chunks): Buffer {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  let length = 0;
  for (const chunk of chunks) {
    length += chunk.copy(whole, length);
    free(chunk);
  }
  return whole.subarray(0, length);
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
 * `budget` is in milliseconds: a client that is slower gets its answer, and nobody else waits.
 */
export function collectBody(
  stream: IncomingMessage,
  budget: number,
  done: (body: Chunks | LockstepError) => void,
): void {
  const announced = Number(stream.headers['content-length'] ?? Number.NaN);
  if (announced > BODY_LIMIT) {
    done(new LockstepError('BODY_TOO_LARGE', [BODY_LIMIT]));
    return;
  }
  const chunks: Buffer[] = [];
  let received = 0;
  const timer = setTimeout(() => finish(new LockstepError('TOO_LATE', [Math.round(budget)])), budget);
  stream.on('data', take).on('end', complete).on('error', cut).on('close', cut);

  function take(chunk: Buffer): void {
    received += chunk.length;
    if (received > BODY_LIMIT) finish(new LockstepError('BODY_TOO_LARGE', [BODY_LIMIT]));
    else chunks.push(chunk);
  }

  function complete(): void {
    finish(chunks);
  }

  function cut(): void {
    finish(new LockstepError('CUT_BODY'));
  }

  function finish(body: Chunks | LockstepError): void {
    clearTimeout(timer);
    stream.off('data', take).off('end', complete).off('error', cut).off('close', cut);
    stream.on('error', ignore);
    stream.resume();
    done(body);
  }
}

/** The answer is on its way; what the socket does afterwards is no news. */
function ignore(): void {}
