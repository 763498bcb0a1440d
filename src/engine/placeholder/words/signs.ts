import { BLANK, classesOf, HALF, LETTER, MARK, NUMBER } from '../vocabulary/character-classes.ts';

/** The signs in a text that do not separate words. */
interface Signs {
  readonly count: number;
  /** How many different ones. Three stand for more. */
  readonly kinds: number;
  readonly isAscii: boolean;
}

export function signsOf(text: string): Signs {
  let count = 0;
  let isAsciiText = true;
  let first = NONE;
  let second = NONE;
  let third = NONE;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) isAsciiText = false;
    const classes = classesOf(code);
    if ((classes & HALF) !== 0) return signsByPattern(text);
    if ((classes & WORD_OR_BLANK) !== 0 || code === DOT || code === UNDERSCORE || code === DASH) continue;
    count += 1;
    if (first === NONE || first === code) first = code;
    else if (second === NONE || second === code) second = code;
    else third = code;
  }
  const kinds = [first, second, third].filter((code) => code !== NONE).length;
  return { count, kinds, isAscii: isAsciiText };
}
const NONE = -1;
const WORD_OR_BLANK = LETTER | MARK | NUMBER | BLANK;
const DOT = 46;
const UNDERSCORE = 95;
const DASH = 45;

/** For characters that take two units. */
function signsByPattern(text: string): Signs {
  const found = text.match(/[^\p{L}\p{M}\p{N}\s._-]/gu) ?? [];
  return { count: found.length, kinds: Math.min(3, new Set(found).size), isAscii: false };
}

/** As long as generated values, with a sign that does not separate words. */
export const hasSigns = ({ length }: string, { count, isAscii }: Signs): boolean =>
  length >= 12 && isAscii && count > 0;

/**
 * The divisor of the share that known words must have in a partly unknown value. It is a third for a value as long as
 * generated ones, with digits or a sign. It is a half if there are several kinds of signs. Other text may consist of
 * names.
 */
export function shareOf(text: string, { kinds, isAscii }: Signs): number {
  if (text.length < 12 || !isAscii) return Number.POSITIVE_INFINITY;
  if (kinds > 1) return 2;
  return kinds === 1 || /[0-9]/.test(text) ? 3 : Number.POSITIVE_INFINITY;
}

/** More kinds of signs than people add to words, next to few letters with a meaning. */
export const isSymbolic = ({ length }: string, { count, kinds, isAscii }: Signs, known: number): boolean =>
  known === 0 ? count > 0 && length > 7 && isAscii : count > 2 && count * 2 > known && kinds > 2;
