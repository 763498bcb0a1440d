import {
  CAPITAL,
  classesOf,
  HALF,
  LETTER,
  MARK,
  NUMBER,
  SMALL,
  unicodePattern,
} from '../vocabulary/characters.ts';
import type { WordKind } from '../vocabulary/word-trie.ts';

/**
 * One piece of a value.
 *
 * - `number` is a number that people often add (`123`, `2024`, `32`). Other digits are `digits`.
 * - `noise` is a short run of letters between digits, known or not: random hexadecimal contains `db` and `a`.
 * - `whole` is false for a piece that was cut out of joined letters.
 */
export interface Word {
  readonly text: string;
  readonly kind: WordKind | 'unknown' | 'noise' | 'number' | 'digits';
  readonly whole: boolean;
  /** A name from the context that is in no list. */
  readonly isOwn?: true;
}

/** No word of any list is longer. */
export const MAX_WORD_LENGTH = 30;

/** Runs of letters and digits, and `n/a` in an ASCII text. */
export function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  let from = -1;
  let isAsciiText = true;
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : 0;
    if (code > 127) isAsciiText = false;
    const classes = classesOf(code);
    if ((classes & HALF) !== 0) return text.match(tokensIn(text)) ?? [];
    if ((classes & IN_TOKEN) !== 0) {
      if (from < 0) from = at;
    } else if (from >= 0) {
      tokens.push(text.slice(from, at));
      from = -1;
    }
  }
  return isAsciiText && text.includes('/') && /n\/a/i.test(text)
    ? (text.match(/n\/a|[A-Za-z0-9]+/gi) ?? [])
    : tokens;
}
const IN_TOKEN = LETTER | MARK | NUMBER;

/** Runs of digits, and of letters. */
export function runsOf(token: string): readonly string[] {
  let runs: string[] | undefined;
  let from = 0;
  let wasNumber = 0;
  for (let at = 0; at < token.length; at++) {
    const classes = classesOf(token.charCodeAt(at));
    if ((classes & HALF) !== 0) return token.match(runsIn(token)) ?? [];
    const isNumber = classes & NUMBER;
    if (at > 0 && isNumber !== wasNumber) {
      runs ??= [];
      runs.push(token.slice(from, at));
      from = at;
    }
    wasNumber = isNumber;
  }
  // Most tokens are one run.
  if (runs === undefined) return [token];
  runs.push(token.slice(from));
  return runs;
}

export const tokensIn = unicodePattern(String.raw`[\p{L}\p{M}\p{N}]+`, 'g');
const runsIn = unicodePattern(String.raw`[\p{N}]+|[^\p{N}]+`, 'g');

export function isDigit(run: string): boolean {
  const code = run.charCodeAt(0);
  const classes = classesOf(code);
  return (classes & HALF) === 0 ? (classes & NUMBER) !== 0 : digitAtStartOf(run).test(run);
}
const digitAtStartOf = unicodePattern(String.raw`^[\p{N}]`);
/** `APIKey` is `API` and `Key`, `dbPassword` is `db` and `Password`. */
export function splitAtCase(run: string): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < run.length; ) {
    let end = endOfCapitals(run, from);
    const next = end < run.length ? classesOf(run.charCodeAt(end)) : 0;
    if ((next & HALF) !== 0) return run.match(casesIn(run)) ?? [run];
    // The last of several capitals begins the next part.
    if (end - from > 1 && (next & SMALL) !== 0) end -= 1;
    else if (end === from || (next & SMALL) !== 0) end = endOfOthers(run, end);
    if (end < 0) return run.match(casesIn(run)) ?? [run];
    if (end - from === run.length) return [run];
    parts.push(run.slice(from, end));
    from = end;
  }
  return parts;
}
const casesIn = unicodePattern(String.raw`[\p{Lu}]+(?![\p{Ll}])|[\p{Lu}]?[^\p{Lu}]+|[\p{Lu}]`, 'g');

function endOfCapitals(run: string, from: number): number {
  let end = from;
  while (end < run.length && (classesOf(run.charCodeAt(end)) & CAPITAL) !== 0) end += 1;
  return end;
}

/** -1 if a character takes two units. */
function endOfOthers(run: string, from: number): number {
  for (let end = from; end < run.length; end++) {
    const classes = classesOf(run.charCodeAt(end));
    if ((classes & HALF) !== 0) return -1;
    if ((classes & CAPITAL) !== 0) return end;
  }
  return run.length;
}

/** Letters, digits and cases change at every second or third character. Most generated values end here. */
export function isRandomLooking(token: string): boolean {
  if (token.length <= MIN_CHANGES) return false;
  let changes = 0;
  let before = classOf(token.charCodeAt(0));
  for (let at = 1; at < token.length; at++) {
    const now = classOf(token.charCodeAt(at));
    if (now !== before && !(before === UPPER && now === LOWER)) changes++;
    before = now;
  }
  return changes >= MIN_CHANGES && token.length < 2.6 * (changes + 1);
}

const MIN_CHANGES = 4;

const DIGIT = 0;
const UPPER = 1;
const LOWER = 2;

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  return code >= 65 && code <= 90 ? UPPER : LOWER;
}
