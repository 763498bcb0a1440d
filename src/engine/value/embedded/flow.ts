import type { Source, Step, Visit } from './member.ts';

/** Deeper maps are skipped, and what follows them is read. No configuration is nested so deep. */
const MAX_DEPTH = 500;
/** No key is longer. */
const MAX_NAME_LENGTH = 253;
/** A longer text is read as far as this. It holds any key or PEM block. */
const MAX_TEXT_LENGTH = 16 * 1024;

interface Frame {
  readonly isMap: boolean;
  name: string;
  index: number;
  hasKey: boolean;
}

/**
 * Reads JSON, and the flow style of YAML, which is JSON with names and texts that need no quotes. Reads a text that is
 * cut off up to its end. Returns the offset after the closing bracket. Undefined if the visitor has read enough.
 */
export function readFlow({ text, steps, at, kind }: Source, start: number, visit: Visit): number | undefined {
  const frames: Frame[] = [];
  let skippedDepth = 0;
  let pos = start;
  while (pos < text.length) {
    const character = text.charCodeAt(pos);
    const frame = frames.at(-1);
    switch (character) {
      case OPEN_MAP:
      case OPEN_LIST:
        if (frames.length < MAX_DEPTH)
          frames.push({ isMap: character === OPEN_MAP, name: '', index: 0, hasKey: false });
        else skippedDepth += 1;
        pos += 1;
        continue;
      case CLOSE_MAP:
      case CLOSE_LIST:
        if (skippedDepth > 0) skippedDepth -= 1;
        else if (endFrame(frames) === 0) return pos + 1;
        pos += 1;
        continue;
      case COMMA:
        if (frame !== undefined && skippedDepth === 0) {
          frame.index += 1;
          frame.hasKey = false;
        }
        pos += 1;
        continue;
      case COLON:
        pos += 1;
        continue;
      case HASH:
      case SLASH:
        if (character === HASH || text.charCodeAt(pos + 1) === SLASH) {
          pos = lineEnd(text, pos);
          continue;
        }
        break;
      default:
        if (character <= SPACE) {
          pos += 1;
          continue;
        }
    }
    const token = readToken(text, pos, text.length, frame?.isMap === true && !frame.hasKey);
    if (frame?.isMap === true && !frame.hasKey && isBeforeColon(text, token.next)) {
      if (skippedDepth === 0) {
        frame.name = unescaped(text.slice(token.start, Math.min(token.end, token.start + MAX_NAME_LENGTH)));
        frame.hasKey = true;
      }
    } else if (skippedDepth === 0) {
      const name = frame?.isMap === true ? frame.name : '';
      const value = unescaped(text.slice(token.start, Math.min(token.end, token.start + MAX_TEXT_LENGTH)));
      const path = [...steps, ...frames.map((one): Step => (one.isMap ? one.name : one.index))];
      if (!visit({ name, text: value, steps: path, at: at + token.start, kind })) return undefined;
      if (frame !== undefined) frame.hasKey = false;
    }
    pos = token.next;
  }
  return text.length;
}

/** The offset after the bracket that closes the one at `start`. Undefined if none does before `limit`. */
export function closingBracket(text: string, start: number, limit: number): number | undefined {
  let depth = 0;
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_MAP || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE_MAP || code === CLOSE_LIST) {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) at = readToken(text, at, limit).next - 1;
  }
  return undefined;
}

/** The value of a name has ended, also where no comma follows it. Returns the depth. */
function endFrame(frames: Frame[]): number {
  frames.pop();
  const parent = frames.at(-1);
  if (parent !== undefined) parent.hasKey = false;
  return frames.length;
}

const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const HASH = 0x23;
const SLASH = 0x2f;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;

const STARTS_VALUE: ReadonlySet<number> = new Set([DOUBLE_QUOTE, SINGLE_QUOTE, OPEN_MAP, OPEN_LIST]);

interface Token {
  readonly start: number;
  readonly end: number;
  /** After the closing quote. */
  readonly next: number;
}

function readToken(text: string, pos: number, limit = text.length, isName = false): Token {
  const quote = text.charCodeAt(pos);
  if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) {
    let end = pos + 1;
    while (end < limit && text.charCodeAt(end) !== quote) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
    end = Math.min(end, limit);
    return { start: pos + 1, end, next: end + 1 };
  }
  let end = pos + 1;
  while (end < text.length && !endsBareText(text, end, isName)) end += 1;
  const next = end;
  while (text.charCodeAt(end - 1) <= SPACE) end -= 1;
  return { start: pos, end, next };
}

/** A colon ends a name, not `http://`. In JSON5 and JavaScript the value may follow at once: `{password:'…'}`. */
function endsBareText(text: string, at: number, isName: boolean): boolean {
  const code = text.charCodeAt(at);
  if (code === COLON) {
    const next = text.charCodeAt(at + 1);
    return next <= SPACE || at + 1 === text.length || (isName && STARTS_VALUE.has(next));
  }
  return code === COMMA || code === CLOSE_MAP || code === CLOSE_LIST || code === 0x0a || code === 0x0d;
}

function isBeforeColon(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return text.charCodeAt(at) === COLON;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, code: string | undefined, sign: string) =>
    code === undefined ? (ESCAPES[sign] ?? sign) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
