import { isAscii } from './vocabulary/vocabulary.ts';
import { mayBeWord } from './words/score.ts';
import type { Word } from './words/word.ts';

/**
 * A few words, a number that people add by habit, and a sign: `Granite2025!Secure`. Generators of passphrases add no
 * such number.
 */
export function isWordsAndHabit(words: readonly Word[], text: string): boolean {
  if (!isAscii(text) || text.length > MAX_LENGTH || !HABIT.test(text)) return false;
  const signs = text.match(/[^A-Za-z0-9\s._-]/g)?.length ?? 0;
  if (signs === 0 || signs > MAX_SIGNS) return false;
  let count = 0;
  let unknown = 0;
  let isKnown = TWO_NAMES.test(text);
  for (const { kind, text: word } of words) {
    if (kind === 'noise' || kind === 'digits') return false;
    if (kind === 'number') continue;
    count += 1;
    if (kind !== 'unknown') isKnown ||= kind !== 'glue' && word.length >= MIN_KNOWN_LENGTH;
    else if (word.length > MAX_WORD_LENGTH || !mayBeWord(word)) return false;
    else unknown += 1;
  }
  return isKnown && count <= MAX_WORDS && unknown <= MAX_UNKNOWN;
}

const MAX_LENGTH = 40;
const MAX_SIGNS = 3;
const MAX_WORDS = 4;
const MAX_UNKNOWN = 2;
const MAX_WORD_LENGTH = 12;
const MIN_KNOWN_LENGTH = 4;
const HABIT = /[A-Za-z][@#_.-]?(?:1234?5?6?|321|(?:19|20)\d\d)(?!\d)/;
/** `PlazaEscolar123!` */
const TWO_NAMES = /^[A-Z][a-z]{2,11}[A-Z][a-z]{2,11}[@#_.-]?\d{3,6}[!@#$%&*.?]{1,3}$/;
