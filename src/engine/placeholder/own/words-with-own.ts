import { unicodePattern } from '../vocabulary/unicode-pattern.ts';
import { fold, kindOf } from '../vocabulary/vocabulary.ts';
import { type Word, wordsOf } from '../words.ts';

/** Shorter words are in every text by chance. */
const MIN_LENGTH = 3;
/** Shorter words count only between separators. */
const MIN_JOINED_LENGTH = 4;
/** An ordinary word counts only there, because the vocabulary has longer ones: `secreto` is not `secret` and a rest. */
const asPattern = (word: string): string =>
  word.length < MIN_JOINED_LENGTH || kindOf(word) === 'soft'
    ? String.raw`(?<![\p{L}])${word}(?![\p{L}])`
    : word;
/** No name has more words. The limit bounds the comparisons of a hostile Secret. */
export const MAX_OWN_WORDS = 48;
/** Own words are in short values only: a longer one is a sentence or a key. */
const MAX_TEXT_LENGTH = 160;

/** The words of names: `shop-orders` has `shop` and `orders`, `billingApi` has `billing` and `api`. */
export function ownWordsIn(names: Iterable<string>): readonly string[] {
  const words = new Set<string>();
  for (const name of names) {
    const spaced = name.slice(0, MAX_TEXT_LENGTH).replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ');
    const folded = fold(spaced);
    for (const word of folded.match(/\d/.test(name) ? namesIn(folded) : wordsIn(folded)) ?? []) {
      if (word.length >= MIN_LENGTH && words.size < MAX_OWN_WORDS) words.add(word);
    }
  }
  return [...words];
}

/** Runs of letters, and short names with a digit in them: `p2p`, `pg18`, `web3`. */
const namesIn = unicodePattern(
  String.raw`(?<![\p{L}\p{N}])(?=[\p{L}]{1,4}\d)[a-z\d]{3,8}(?![\p{L}\p{N}])|[\p{L}\p{M}]+`,
  'g',
);
const wordsIn = unicodePattern(String.raw`[\p{L}\p{M}]+`, 'g');

/** The words between two own words. One that is joined to an own word was cut out of letters. */
function wordsBetween(text: string, from: number, to: number): readonly Word[] | undefined {
  const words = wordsOf(text.slice(from, to));
  if (words === undefined || words.length === 0) return words;
  const last = words.length - 1;
  const joined = [
    from > 0 && isLetter(text, from) ? 0 : -1,
    to < text.length && isLetter(text, to - 1) ? last : -1,
  ];
  return words.map((word, at) => (joined.includes(at) ? { ...word, whole: false } : word));
}

const letterIn = unicodePattern(String.raw`[\p{L}]`);
const isLetter = (text: string, at: number): boolean => letterIn(text.charAt(at)).test(text.charAt(at));

/** An own word that the vocabulary has too, as `jwt` of `JWT_SECRET`, keeps its strength, and is no name. */
function ownWord(text: string): Word {
  const kind = kindOf(text);
  if (kind === undefined) return { text, kind: 'soft', whole: true, isOwn: true };
  return { text, kind: kind === 'hard' || kind === 'mark' ? kind : 'soft', whole: true };
}

/** The word, or nearly all of it: `orden` of `ordenes`. */
function formIn(folded: string, word: string): string | undefined {
  const stem = word.length > MIN_STEM_LENGTH ? word.slice(0, -1) : word;
  if (!folded.includes(stem)) return undefined;
  if (stem === word || folded.includes(word)) return word;
  return kindOf(stem) === undefined ? stem : undefined;
}
const MIN_STEM_LENGTH = 5;

/**
 * The words of a text in which the own words are known, also if they are joined with others: `shopkafka123` in a
 * Secret called `shop-secrets`. Undefined if the text holds none of them.
 */
export function wordsWithOwn(text: string, ownWords: readonly string[]): readonly Word[] | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const folded = fold(text);
  // Otherwise the positions of the words differ.
  if (folded.length !== text.length) return undefined;
  const present: string[] = [];
  for (const word of ownWords) {
    const form = formIn(folded, word);
    if (form !== undefined) present.push(form);
  }
  if (present.length === 0) return undefined;
  // The longest word that fits is the one that is meant.
  present.sort((a, b) => b.length - a.length);
  const words: Word[] = [];
  let end = 0;
  for (const match of folded.matchAll(unicodePattern(present.map(asPattern).join('|'), 'g')(folded))) {
    const before = wordsBetween(text, end, match.index);
    if (before === undefined) return undefined;
    words.push(...before, ownWord(match[0]));
    end = match.index + match[0].length;
  }
  if (end === 0) return undefined;
  const rest = wordsBetween(text, end, text.length);
  return rest && [...words, ...rest];
}
