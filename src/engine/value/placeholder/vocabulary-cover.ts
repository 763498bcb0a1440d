import { isOwnPhrase, wordsWithOwn } from './context-words.ts';
import { fillerSecret } from './filler.ts';
import { behindVendorPrefix } from './never-issued.ts';
import { describesItself, isPattern } from './patterns.ts';
import { ValueText } from './value-text.ts';
import type { PlaceholderContext, PlaceholderVerdict } from './verdict.ts';
import { isAscii, unicodePattern } from './vocabulary/characters.ts';
import { isInstruction, isNamePlaceholder } from './words/instructing.ts';
import {
  hasSigns,
  isPronounceable,
  isSymbolic,
  MAX_NAME_LENGTH,
  mayBeWord,
  scoreWords,
  shareOf,
  signsOf,
  type WordScore,
} from './words/score.ts';
import type { Word } from './words/tokens.ts';
import { knownWordsOf, wordsOf } from './words/words.ts';

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };

/**
 * How much of a value is placeholder vocabulary. The rest decides whether a secret is a placeholder: it is one if
 * nothing is unknown, or too little next to technical words. Passphrases have four words or more, so three unknown
 * words are accepted unless the rest is an instruction.
 */
export const onlyWordsOfPlaceholders = (
  value: ValueText,
  context: PlaceholderContext,
): PlaceholderVerdict | undefined =>
  !isDocument(value) && isCoveredByVocabulary(value, context) ? PLACEHOLDER : undefined;

function isCoveredByVocabulary(value: ValueText, context: PlaceholderContext): boolean {
  const { text } = value;
  if (!wordIn(text).test(text)) return false;
  if (describesItself(value)) return true;
  const words = wordsOf(text, value.isAscii);
  if (context.role === 'name') return words !== undefined && isNamePlaceholder(words);
  if (isPattern(value) || (words !== undefined && isCoveredSecret(words, text))) return true;
  if (words !== undefined && isWordsAndNumber(words, text)) return true;
  const contextWords = context.contextWords?.() ?? [];
  if (isCoveredBehindPrefix(text, contextWords) || isCoveredWithOwnWords(text, contextWords)) return true;
  return value.leetReadings.some((plain) => {
    const read = knownWordsOf(plain);
    if (read !== undefined && isCoveredSecret(read, plain)) return true;
    if (contextWords.includes(plain)) return wordsOf(plain) !== undefined;
    return isCoveredWithOwnWords(plain, contextWords, 0) && wordsOf(plain) !== undefined;
  });
}

/** `sk_test_dummykey123`, `GOCSPX-dummy`, `whsec_test_123`, and the name of the application behind such a prefix. */
function isCoveredBehindPrefix(text: string, contextWords: readonly string[]): boolean {
  const rest = behindVendorPrefix(text);
  if (rest === undefined) return false;
  if (fillerSecret(new ValueText(rest)) !== undefined || isCoveredWithOwnWords(rest, contextWords))
    return true;
  const words = knownWordsOf(rest);
  return words !== undefined && isCoveredSecret(words, rest);
}

/** Two letters, or a letter next to a sign of leet. */
const wordIn = unicodePattern(String.raw`[\p{L}][\p{L}\p{M}0134578@$!+|]|^n/a$`, 'i');

function isCoveredSecret(words: readonly Word[], text: string, isOwn = false): boolean {
  const score = scoreWords(words);
  if (score.words === 0) return false;
  const signs = signsOf(text);
  if (isSymbolic(text, signs, score.knownLetters)) return false;
  if (hasSigns(text, signs) && longLetters(words) * 3 <= text.length) return false;
  if (score.words === 1 && score.unknown > 0) return isPlainWord(words, text);
  const trade = score.mark + score.hard;
  if (score.words <= 2 && score.unknown === 0) return trade + score.soft + score.your + score.common > 0;
  const unknown = score.unknown + score.common;
  if (unknown > 0 && score.knownLetters * shareOf(text, signs) <= text.length) return false;
  if (unknown === 0)
    return isOwn || score.words <= 3 || trade > 0 || speaksOfSecrets(words) || countsOn(words);
  if (unknown === 1)
    return (
      (trade > 0 && (score.words <= 8 || score.mark > 0 || (nouns(words) > 1 && !/\s/.test(text)))) ||
      (score.words + score.numbers <= 3 &&
        score.soft > 0 &&
        (score.words === 2 || words.every(({ whole }) => whole) || nouns(words) > 0)) ||
      (score.words <= 8 && score.soft > 1 && hasConnectives(words) && nouns(words) > 0) ||
      (score.words <= 5 && score.soft > 2 && score.numbers > 0 && nouns(words) > 0)
    );
  if (trade > 0 && score.words === 2 && score.unknownLetters <= MAX_NAME_LENGTH && isNamed(words))
    return true;
  if (unknown <= 4 && isMostlyKnown(score, words)) return true;
  if (unknown === 2)
    return (
      (trade > 0 &&
        score.words <= (score.soft > 0 && score.numbers > 0 ? 4 : 3) &&
        words.every(isWholeIfUnknown)) ||
      trade > 1 ||
      (isInstruction(words) && trade + score.soft > 1)
    );
  return isInstruction(words) && !isUnspaced(text) && score.unknownLetters * 2 <= score.letters;
}

/** Context words, words of the vocabulary, and at most one other next to a technical word or one context word. */
function isCoveredWithOwnWords(text: string, contextWords: readonly string[], maxUnknown = 1): boolean {
  const words = wordsWithOwn(text, contextWords);
  if (words === undefined) return false;
  if (maxUnknown > 0 && isOwnPhrase(words, text)) return true;
  const { unknown, unknownLetters, common, mark, hard, words: count } = scoreWords(words);
  const isName = count <= 2 && unknownLetters <= MAX_WORD_BESIDE_NAME;
  const isKnown = unknown + common === 0 || (unknown + common <= maxUnknown && (mark + hard > 0 || isName));
  return isKnown && isCoveredSecret(words, text, true);
}

/** More letters may be two words of a passphrase. */
const MAX_WORD_BESIDE_NAME = 8;

/** A long phrase about a secret with a few odd words: `SuperSecureJWTSecretKeyForShopXQ2024!`. */
const isMostlyKnown = (
  { hard, soft, words: count, letters, unknownLetters }: WordScore,
  words: readonly Word[],
): boolean => hard + soft > 3 && count > 5 && nouns(words) > 2 && unknownLetters * 3 <= letters;

const isWholeIfUnknown = ({ kind, whole }: Word): boolean => kind !== 'unknown' || whole;

/** Letters in known words of four letters or more. Between signs, random text makes shorter ones. */
function longLetters(words: readonly Word[]): number {
  let letters = 0;
  for (const { text, kind } of words) {
    if (
      text.length >= 4 &&
      kind !== 'unknown' &&
      kind !== 'noise' &&
      kind !== 'number' &&
      kind !== 'digits'
    ) {
      letters += text.length;
    }
  }
  return letters;
}

/** A pronounceable name before a technical word: `reconciliationpassword`. */
function isNamed(words: readonly Word[]): boolean {
  const last = words.findLast(({ kind }) => kind !== 'number');
  return (
    last?.kind === 'hard' && words.every(({ kind, text }) => kind !== 'unknown' || isPronounceable(text))
  );
}

/** Nouns that people use for the value itself. */
const NOUNS = new Set(
  'secret secrets pass passe key keys token tokens credential credentials string strings production development staging secure'.split(
    ' ',
  ),
);
/** Short words that no passphrase list has. */
const CONNECTIVES = new Set('a an the for is of in with to here its please do not'.split(' '));

const hasConnectives = (words: readonly Word[]): boolean =>
  words.some(({ text, kind }) => kind === 'your' || CONNECTIVES.has(text));

/** `superlongkey123456`: a passphrase ends in no such number. */
const countsOn = (words: readonly Word[]): boolean => /^1234\d*$/.test(words.at(-1)?.text ?? '');

const nouns = (words: readonly Word[]): number => words.filter(({ text }) => NOUNS.has(text)).length;

/**
 * Ordinary words only. Four of them can be in the vocabulary by chance, but not two nouns for a secret, or one noun
 * inside a phrase.
 */
const speaksOfSecrets = (words: readonly Word[]): boolean =>
  nouns(words) > 1 || hasConnectives(words) || isInstruction(words) || praisesNoun(words);

/** `very_long_random_string`: a noun for the value, behind two words that say how good it is. */
const praisesNoun = (words: readonly Word[]): boolean =>
  NOUNS.has(words.at(-1)?.text ?? '') && words.filter(({ text }) => PRAISE.has(text)).length > 1;
const PRAISE = new Set(
  'very really super so extremely long longer random randomized secure strong safe unique complex hard unguessable cryptographically'.split(
    ' ',
  ),
);

const MAX_PLAIN_LENGTH = 11;

/**
 * One unknown word, with a number that people often add. The output of a generator is longer than eleven characters,
 * or it has digits among letters of both cases.
 */
function isPlainWord(words: readonly Word[], text: string): boolean {
  const [word, number] = words;
  if (word === undefined || word.kind !== 'unknown' || words.length > 2 || !word.whole) return false;
  if (text.length > MAX_PLAIN_LENGTH || !isPronounceable(word.text)) return false;
  if (isUnspaced(text)) return false;
  return number === undefined ? isOneCase(text) : isOneCase(text) && USUAL_NUMBER.test(number.text);
}

/** Numbers after an unknown word: three digits, or two very common ones. */
const USUAL_NUMBER = /^(?:\d{3,4}|12345\d*|01|11|12|21|22|69|77|88|99)$/;

const noLettersIn = unicodePattern(String.raw`[^\p{L}]`, 'g');
const isOneCase = (text: string): boolean => {
  const letters = text.replace(noLettersIn(text), '');
  return (
    letters === letters.toLowerCase() ||
    letters === letters.toUpperCase() ||
    letters.slice(1) === letters.slice(1).toLowerCase()
  );
};

/** Scripts without spaces: one run may be a sentence. */
const isUnspaced = (text: string): boolean =>
  !isAscii(text) &&
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(text);

/**
 * A few words, a number that people often add, and a sign: `Granite2025!Secure`. Generators of passphrases add no
 * such number.
 */
function isWordsAndNumber(words: readonly Word[], text: string): boolean {
  if (!isAscii(text) || text.length > MAX_LENGTH || !NUMBER_BEHIND_LETTER.test(text)) return false;
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
const NUMBER_BEHIND_LETTER = /[A-Za-z][@#_.-]?(?:1234?5?6?|321|(?:19|20)\d\d)(?!\d)/;
/** `PlazaEscolar123!` */
const TWO_NAMES = /^[A-Z][a-z]{2,11}[A-Z][a-z]{2,11}[@#_.-]?\d{3,6}[!@#$%&*.?]{1,3}$/;

/** Files, their paths, URLs and JSON contain many words, and no placeholder looks like them. */
const isDocument = ({ text }: ValueText): boolean =>
  /^(?!.*(?:path\/to|change|replac|your))[\w.-]*\/[\w./-]*\.(?:pem|key|crt|json|p12|pfx|jks)$/i.test(text) ||
  /\n|:\/\/|^(?:\{\s*"|\[\s*[{"]|-----BEGIN |#!|<\?xml)/.test(text) ||
  (text.includes(' ') && /\{\{|\$\{/.test(text));
