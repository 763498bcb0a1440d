import { BLANK, classesOf, HALF, isAscii, LETTER, MARK, NUMBER } from '../vocabulary/characters.ts';
import type { Word } from './tokens.ts';

/** The evidence from the words of a value. */
export interface WordScore {
  readonly words: number;
  readonly mark: number;
  readonly hard: number;
  readonly soft: number;
  readonly your: number;
  readonly glue: number;
  /** Common passwords count only alone: next to others they are ordinary words. */
  readonly common: number;
  /** Numbers of three or more digits: each may be one of the words of a passphrase. */
  readonly numbers: number;
  /** Unknown pieces. A long one counts more than once. */
  readonly unknown: number;
  readonly unknownLetters: number;
  readonly letters: number;
  /** Letters of known words with three letters or more. Two letters are chance. */
  readonly knownLetters: number;
}

export function scoreWords(words: readonly Word[]): WordScore {
  const score = {
    words: 0,
    mark: 0,
    hard: 0,
    soft: 0,
    your: 0,
    glue: 0,
    common: 0,
    numbers: 0,
    unknown: 0,
    unknownLetters: 0,
    letters: 0,
    knownLetters: 0,
  };
  for (const word of words) {
    const { kind } = word;
    const { length } = word.text;
    if (kind === 'number') {
      if (length > 2) score.numbers += 1;
      continue;
    }
    if (kind !== 'digits') score.words += 1;
    if (isFragment(word)) score.soft += 1;
    else if (kind !== 'digits' && kind !== 'noise' && kind !== 'unknown') score[kind] += 1;
    const weight = unknownWeight(word);
    score.unknown += weight;
    score.letters += length;
    if (weight > 0) score.unknownLetters += length;
    else if (length >= 3) score.knownLetters += length;
  }
  return score;
}

/** A technical word cut out of joined letters proves no more than an ordinary word, unless it is long. */
const isFragment = ({ kind, text, whole }: Word): boolean =>
  !whole && text.length < 6 && (kind === 'hard' || kind === 'mark');

/** The longest name of an application that people write as one word. */
export const MAX_NAME_LENGTH = 16;
/** Words of a passphrase without separators have six letters on average, so an unknown piece may be several words. */
const LETTERS_PER_WORD = 6;

function unknownWeight({ kind, text, whole }: Word): number {
  if (kind === 'digits') return text.length > 7 ? 2 : 1;
  if (kind === 'noise') return 2;
  if (kind !== 'unknown') return 0;
  if (text.length > 4 && !mayBeWord(text)) return 3;
  if (text.length > MAX_NAME_LENGTH) return 3;
  return whole ? 1 : Math.ceil(text.length / LETTERS_PER_WORD);
}

/** Words of some languages have four consonants or vowels in a row: `joueur`, `angstrom`. */
export const mayBeWord = (word: string): boolean =>
  isAscii(word) ? /[aeiouy]/.test(word) && !/[^aeiouy]{5}|[aeiouy]{5}/.test(word) : word.length <= 12;

export function isPronounceable(word: string): boolean {
  if (!isAscii(word)) return word.length <= 12;
  return word.length >= 3 && /[aeiouy]/.test(word) && !/[^aeiouy]{4}/.test(word) && !/[aeiou]{4}/.test(word);
}

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
