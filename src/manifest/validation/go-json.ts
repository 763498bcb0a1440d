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

const TOKEN = /["[{\]}]|-?\d[-+.\deE]*/g;

function isWithinLimits(text: string): boolean {
  const tokens = new RegExp(TOKEN);
  let depth = 0;
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [token] = match;
    if (token === '"') tokens.lastIndex = endOfString(text, tokens.lastIndex);
    else if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    else if (Math.abs(Number(token)) === Number.POSITIVE_INFINITY) return false;
    if (depth > MAX_DEPTH) return false;
  }
  return true;
}

/** The position after the quote that ends the string. */
function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') return at + 1;
  }
  return text.length;
}
