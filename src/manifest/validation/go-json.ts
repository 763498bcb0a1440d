import { Buffer } from 'node:buffer';

/**
 * Whether Go's `json.Unmarshal` reads the bytes into a map, as the API server does with a docker config. It accepts
 * `null`. Unlike JavaScript it limits the depth, and refuses a number that a float64 can't hold.
 */
export function isGoJsonObject(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return isWithinLimits(text) && isObject(text);
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The limit of Go's decoder. */
const MAX_DEPTH = 10_000;

/** A shorter number is finite: `9e99`. */
const MIN_INFINITE_LENGTH = 5;
/** The largest float64 has as many digits. */
const MAX_DIGITS = 308;

/** Reads each character once, without an object for each token. */
function isWithinLimits(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOUBLE_QUOTE) at = endOfString(text, at + 1);
    else if (code === OPEN_LIST || code === OPEN_MAP) {
      depth += 1;
      if (depth > MAX_DEPTH) return false;
    } else if (code === CLOSE_LIST || code === CLOSE_MAP) depth -= 1;
    else if (isDigit(code)) {
      const end = endOfNumber(text, at);
      if (end - at >= MIN_INFINITE_LENGTH && isInfinite(text.slice(at, end))) return false;
      at = end - 1;
    }
  }
  return true;
}

const DOUBLE_QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && NUMBER.includes(text[at]!)) at += 1;
  return at;
}

const NUMBER = '0123456789-+.eE';

const isInfinite = (number: string): boolean =>
  (number.length > MAX_DIGITS || /e/i.test(number)) && !Number.isFinite(Number(number));

/** The position of the quote that ends the string. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start);
  while (quote >= 0 && isEscaped(text, start, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote;
}

/** An odd number of backslashes stands before the quote. */
function isEscaped(text: string, start: number, quote: number): boolean {
  let at = quote;
  while (at > start && text[at - 1] === '\\') at -= 1;
  return (quote - at) % 2 === 1;
}
