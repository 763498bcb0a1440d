import type { Buffer } from 'node:buffer';

/**
 * The objects, lists and members of one review. An object of etcd's 1.5 MiB has at most 200,000 of them, and a review
 * has two objects. Each part takes up to 100 bytes after parsing.
 */
const MAX_PARTS = 1_000_000;
/** A body below this size can't have too many parts. */
const MIN_CHECKED_BYTES = 1024 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Whether JSON.parse would make more objects than a review can have. Megabytes of `[],` take a hundred times as much
 * memory.
 */
export function hasTooManyParts(body: Buffer, maxParts = MAX_PARTS): boolean {
  if (body.length < MIN_CHECKED_BYTES) return false;
  let parts = 0;
  for (let offset = 0; offset < body.length && parts <= maxParts; offset += 1) {
    const byte = body[offset];
    if (byte === QUOTE) offset = endOfString(body, offset);
    else if (byte === COMMA || byte === OPEN_LIST || byte === OPEN_OBJECT) parts += 1;
  }
  return parts > maxParts;
}

/** The closing quote of the string that begins at `open`. The end of the body if there is none. */
export function endOfString(body: Buffer, open: number): number {
  let quote = open;
  do {
    quote = body.indexOf(QUOTE, quote + 1);
    if (quote === -1) return body.length;
  } while (isEscaped(body, quote, open));
  return quote;
}

/** A character is escaped if an odd number of backslashes precedes it. */
function isEscaped(body: Buffer, quote: number, open: number): boolean {
  let before = quote - 1;
  while (before > open && body[before] === BACKSLASH) before -= 1;
  return (quote - 1 - before) % 2 === 1;
}
