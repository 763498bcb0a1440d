import type { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { isBase64 } from '../../engine/secret/base64.ts';

/** Below this a body goes to JSON.parse as it is: 2 µs for a usual Secret, and nothing to win. */
const LARGE = 16 * 1024;
/** Strings from this length are lifted: below it, finding one costs more than V8 needs to parse it. */
const LONG = 512;

/** After so many strings in a row with nothing to lift, the rest is left to JSON.parse: 5,000 small values are its game. */
const PATIENCE = 256;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Stands for a lifted string. Nobody outside can know it, so no body can contain one. */
const token = `${randomBytes(18).toString('base64url')}:`;

/** A long base64 string, as the bytes of the body that it is: most are never looked at. `oldObject` repeats most of them, and gets the same one. */
export type LongText = Buffer;

export function isLongText(value: unknown): value is LongText {
  return value instanceof Uint8Array;
}

/**
 * What `JSON.parse(body)` returns, for less: JSON.parse copies long strings character by character (2.4 ms for the review of a 1 MiB Secret),
 * so those that are plain base64 are cut out first and put back afterwards, not as strings but as LongText. They change with the body.
 *
 * Throws what JSON.parse throws; its message quotes the body, so it must not be passed on.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length < LARGE) return JSON.parse(body.toString('utf8'));
  const { text, lifted } = lift(body);
  const parsed: unknown = JSON.parse(text);
  return lifted.length === 0 ? parsed : putBack(parsed, lifted);
}

function lift(body: Buffer): { text: string; lifted: readonly LongText[] } {
  const lifted: LongText[] = [];
  const bySize = new Map<number, LongText>();
  let text = '';
  let from = 0;
  let backslash = body.indexOf(BACKSLASH);
  let patience = PATIENCE;
  for (let open = body.indexOf(QUOTE); open !== -1 && patience > 0; patience -= 1) {
    if (backslash !== -1 && backslash < open) backslash = body.indexOf(BACKSLASH, open);
    let close = body.indexOf(QUOTE, open + 1);
    if (close === -1) break;
    if (backslash !== -1 && backslash < close) {
      close = endOfEscaped(body, close);
      if (close === -1) break;
    } else if (close - open > LONG && !isKey(body, close)) {
      const value = base64Between(body, open + 1, close, bySize);
      if (value !== undefined) {
        text += body.toString('utf8', from, open + 1) + token + lifted.length;
        lifted.push(value);
        from = close;
        patience = PATIENCE;
      }
    }
    open = body.indexOf(QUOTE, close + 1);
  }
  return { text: text + body.toString('utf8', from), lifted };
}

/** Only values are put back. */
function isKey(body: Buffer, close: number): boolean {
  let next = close + 1;
  while (isBlank(body[next])) next += 1;
  return body[next] === COLON;
}

/** RFC 8259, 2. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The quote that ends the string: the first one from `close` on with an even number of backslashes before it. */
function endOfEscaped(body: Buffer, close: number): number {
  for (let quote = close; quote !== -1; quote = body.indexOf(QUOTE, quote + 1)) {
    let before = quote - 1;
    while (body[before] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote;
  }
  return -1;
}

/** Only base64 is lifted: it needs no unescaping and no UTF-8, and a fast check finds every character that would not be JSON. */
function base64Between(
  body: Buffer,
  start: number,
  end: number,
  bySize: Map<number, LongText>,
): LongText | undefined {
  const value = body.subarray(start, end);
  const twin = bySize.get(value.length);
  if (twin?.equals(value)) return twin;
  if (!isBase64(value)) return undefined;
  bySize.set(value.length, value);
  return value;
}

/** An explicit stack: a body may be nested a million deep. */
function putBack(root: unknown, lifted: readonly LongText[]): unknown {
  const restored = (value: string): string | LongText =>
    value.startsWith(token) ? (lifted[Number(value.slice(token.length))] ?? value) : value;
  if (typeof root === 'string') return restored(root);
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (typeof node !== 'object' || node === null) continue;
    const fields = node as Record<string, unknown>;
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (typeof value === 'string') {
        if (value.startsWith(token)) fields[key] = restored(value);
      } else if (typeof value === 'object') stack.push(value);
    }
  }
  return root;
}
