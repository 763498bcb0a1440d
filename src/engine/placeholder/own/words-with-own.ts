import { unicodePattern } from '../vocabulary/unicode-pattern.ts';
import { fold, kindOf } from '../vocabulary/vocabulary.ts';
import type { Word } from '../words/word.ts';
import { wordsOf } from '../words/words.ts';
import { occurrencesOf } from './own-words-in.ts';

/** Own words are in short values only: a longer one is a sentence or a key. */
const MAX_TEXT_LENGTH = 160;

/**
 * The words of a text in which the own words are known, also if they are joined with others: `shopkafka123` in a
 * Secret called `shop-secrets`. Undefined if the text holds none of them.
 */
export function wordsWithOwn(text: string, ownWords: readonly string[]): readonly Word[] | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const folded = fold(text);
  // Otherwise the positions of the words differ.
  if (folded.length !== text.length) return undefined;
  const occurrences = occurrencesOf(ownWords, folded);
  if (occurrences.length === 0) return undefined;
  const words: Word[] = [];
  let end = 0;
  for (const { word, at } of occurrences) {
    const before = wordsBetween(text, end, at);
    if (before === undefined) return undefined;
    for (const one of before) words.push(one);
    words.push(ownWord(word));
    end = at + word.length;
  }
  const rest = wordsBetween(text, end, text.length);
  if (rest === undefined) return undefined;
  for (const one of rest) words.push(one);
  return words;
}

/** The words between two own words. One that is joined to an own word was cut out of letters. */
function wordsBetween(text: string, from: number, to: number): readonly Word[] | undefined {
  const words = wordsOf(text.slice(from, to));
  if (words === undefined || words.length === 0) return words;
  const last = words.length - 1;
  const first = from > 0 && isLetter(text, from) ? 0 : -1;
  const end = to < text.length && isLetter(text, to - 1) ? last : -1;
  if (first < 0 && end < 0) return words;
  return words.map((word, at) => (at === first || at === end ? { ...word, whole: false } : word));
}

const letterIn = unicodePattern(String.raw`[\p{L}]`);
const isLetter = (text: string, at: number): boolean => letterIn(text.charAt(at)).test(text.charAt(at));

/** An own word that the vocabulary has too, as `jwt` of `JWT_SECRET`, keeps its strength, and is no name. */
function ownWord(text: string): Word {
  const kind = kindOf(text);
  if (kind === undefined) return { text, kind: 'soft', whole: true, isOwn: true };
  return { text, kind: kind === 'hard' || kind === 'mark' ? kind : 'soft', whole: true };
}
