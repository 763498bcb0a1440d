import { Buffer } from 'node:buffer';
import type { LockstepError } from '../../errors.ts';

/**
 * Above the review of each write that can be stored. etcd takes 1.5 MiB for one object. JSON writes `<` or an invalid
 * character as six bytes, so an object takes 9 MiB. An UPDATE has two objects and a small envelope.
 */
export const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** etcd takes 1.5 MiB for one policy, and an UPDATE has two. */
export const MAX_POLICY_BODY_BYTES = 4 * 1024 * 1024;

/** A larger body is gathered in a buffer of its own while it arrives: see `BodyBuffers`. */
const REUSED_BUFFER_BYTES = 64 * 1024;

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

/** Memory for one body, used for each in turn. */
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
    freeMemory(chunk);
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
export function freeMemory(buffer: Buffer): void {
  if (buffer.length > 0 && buffer.length === buffer.buffer.byteLength && buffer.buffer instanceof ArrayBuffer)
    buffer.buffer.transfer(0);
}
