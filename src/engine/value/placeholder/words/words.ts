import { isAscii, unicodePattern } from '../vocabulary/characters.ts';
import { readOnce } from '../vocabulary/memo.ts';
import { kindOf } from '../vocabulary/vocabulary.ts';
import { MAX_NOISE, readToken } from './read-token.ts';
import { isRandomLooking, MAX_WORD_LENGTH, tokensIn, tokensOf, type Word } from './tokens.ts';

/**
 * Reading stops after this many unknown words, because no vocabulary can outweigh them. A few pieces of noise are
 * enough.
 */
const MAX_UNKNOWN = 12;

/**
 * The words of a text, cut at separators, digits and changes of case, and inside joined letters by the vocabulary.
 * Undefined if it is no text.
 */
export const wordsOf = (text: string, ascii = isAscii(text)): readonly Word[] | undefined =>
  wordsOrNull(text, ascii) ?? undefined;
const wordsOrNull = readOnce(
  (text, ascii: boolean) => readWords(text, ascii, MAX_UNKNOWN, MAX_NOISE) ?? null,
);

/** The words of a text of which each is known, or a number that people add. Undefined for another text. */
export const knownWordsOf = (text: string): readonly Word[] | undefined => {
  const words = readWords(text, isAscii(text), 0, 0);
  return words?.some(({ kind }) => kind === 'digits') === true ? undefined : words;
};

function readWords(
  text: string,
  ascii: boolean,
  maxUnknown: number,
  maxNoise: number,
): readonly Word[] | undefined {
  const words: Word[] = [];
  let unknown = 0;
  let noise = 0;
  const tokens = tokensOf(text);
  // One such token decides. The others are not read.
  if (tokens.length > 1 && tokens.some(isNoise)) return undefined;
  for (const token of tokens) {
    for (const word of readToken(token, ascii)) {
      words.push(word);
      if (word.kind === 'unknown') unknown++;
      if (word.kind === 'noise') noise++;
    }
    if (unknown > maxUnknown || noise > maxNoise) return undefined;
  }
  return words;
}

const isNoise = (token: string): boolean =>
  isRandomLooking(token) && (token.length > MAX_WORD_LENGTH || kindOf(token.toLowerCase()) === undefined);

/**
 * The text reads like a name or a phrase, not like a random value. It has runs of letters in one case or camelCase of
 * known words, few digits, and only the symbols of names. False for undefined.
 */
export function readsLikeText(text: string | undefined): boolean {
  if (text === undefined || text.length > 400 || !letterIn(text).test(text)) return false;
  if (oddSignIn(text).test(text)) return false;
  const tokens = text.match(tokensIn(text)) ?? [];
  const isTitle = TITLE_OF_SECRET.test(text);
  const odd = tokens.filter((token) => !(isPlain(token) || (isTitle && TITLE_CASE.test(token))));
  return odd.length * 3 <= tokens.length;
}

const letterIn = unicodePattern(String.raw`[\p{L}]`);
const oddSignIn = unicodePattern(String.raw`[^\p{L}\p{M}\p{N}\s._:/'"()|,=?!@+*-]`);
function isPlain(token: string): boolean {
  if (!isAscii(token)) return true;
  if (/^(?:[a-z]+|[A-Z]+)\d{0,4}$/.test(token) || CAMEL_CASE.test(token)) return true;
  return namesASecret(token);
}

/** `<Duo Secret Key>`. Other titles are names: `<Acme Corp>`. */
const TITLE_OF_SECRET =
  /^(?:[A-Za-z]{1,20} ){1,8}(?:Secret|Key|Token|Password|Passphrase|Credentials?|ID|Id|Username|URL)s?$/;
const TITLE_CASE = /^[A-Z][a-z]+$/;

/** `resourceGroup` */
const CAMEL_CASE = /^[a-z]{3,}(?:[A-Z][a-z]+)+$/;

/** The text contains a word of the vocabulary with at least four letters. */
export function namesASecret(text: string): boolean {
  return (wordsOf(text) ?? []).some(({ text: word, kind }) => word.length >= 4 && VOCABULARY_KINDS.has(kind));
}

const VOCABULARY_KINDS: ReadonlySet<Word['kind']> = new Set(['mark', 'hard', 'soft', 'your']);
