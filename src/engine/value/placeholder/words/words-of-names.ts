import { CAPITAL, classesOf, isAscii, LETTER, NUMBER, unicodePattern } from '../vocabulary/characters.ts';
import { fold } from '../vocabulary/vocabulary.ts';

/** Shorter words are in every text by chance. */
const MIN_LENGTH = 3;
/** No name has more words. The limit bounds the comparisons of a hostile Secret. */
export const MAX_CONTEXT_WORDS = 48;
/** A longer name is no name. */
const MAX_NAME_LENGTH = 160;

/** The words of names: `shop-orders` has `shop` and `orders`, `billingApi` has `billing` and `api`. */
export function contextWordsIn(names: Iterable<string>): readonly string[] {
  // A name has a few words, which a list finds sooner than a set.
  const words: string[] = [];
  const add = (word: string): void => {
    if (word.length >= MIN_LENGTH && words.length < MAX_CONTEXT_WORDS && !words.includes(word))
      words.push(word);
  };
  for (const name of names) {
    const start = name.slice(0, MAX_NAME_LENGTH);
    if (isAscii(start)) eachAsciiWord(start, add);
    else for (const word of wordsInAnyScript(start, /\d/.test(name))) add(word);
  }
  return words;
}

/** The same words as those of the patterns below, without a text for each step. */
function eachAsciiWord(name: string, add: (word: string) => void): void {
  for (let from = 0; from < name.length; ) {
    const end = endOfPart(name, from);
    if (end === from) from += 1;
    else if (isNameWithDigit(name, from, end)) add(name.slice(from, end).toLowerCase());
    else eachRunOfLetters(name, from, end, add);
    from = Math.max(from, end);
  }
}

/** Letters and digits, up to a capital behind a small letter or a digit. */
function endOfPart(name: string, from: number): number {
  let end = from;
  let mayCut = false;
  for (; end < name.length; end++) {
    const classes = classesOf(name.charCodeAt(end));
    const isCapital = (classes & CAPITAL) !== 0;
    if ((classes & (LETTER | NUMBER)) === 0 || (mayCut && isCapital)) break;
    mayCut = !isCapital;
  }
  return end;
}

const MAX_LETTERS_BEFORE_DIGIT = 4;
const MAX_WITH_DIGIT = 8;

/** `p2p`, `pg18`, `web3` */
function isNameWithDigit(name: string, from: number, end: number): boolean {
  if (end - from < MIN_LENGTH || end - from > MAX_WITH_DIGIT) return false;
  let at = from;
  while (at < end && (classesOf(name.charCodeAt(at)) & LETTER) !== 0) at += 1;
  return at > from && at < end && at - from <= MAX_LETTERS_BEFORE_DIGIT;
}

function eachRunOfLetters(name: string, start: number, end: number, add: (word: string) => void): void {
  let from = -1;
  for (let at = start; at <= end; at++) {
    const isLetter = at < end && (classesOf(name.charCodeAt(at)) & LETTER) !== 0;
    if (isLetter && from < 0) from = at;
    if (isLetter || from < 0) continue;
    add(name.slice(from, at).toLowerCase());
    from = -1;
  }
}

function wordsInAnyScript(name: string, hasDigit: boolean): readonly string[] {
  const folded = fold(name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' '));
  return folded.match(hasDigit ? namesIn(folded) : wordsIn(folded)) ?? [];
}

/** Runs of letters, and short names with a digit in them. */
const namesIn = unicodePattern(
  String.raw`(?<![\p{L}\p{N}])(?=[\p{L}]{1,4}\d)[a-z\d]{3,8}(?![\p{L}\p{N}])|[\p{L}\p{M}]+`,
  'g',
);
const wordsIn = unicodePattern(String.raw`[\p{L}\p{M}]+`, 'g');
