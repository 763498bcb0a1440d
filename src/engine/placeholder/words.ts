import { isKeyboardWalk } from './keyboard-walk.ts';
import { segment } from './segment.ts';
import { CAPITAL, classesOf, HALF, LETTER, MARK, NUMBER, SMALL } from './vocabulary/character-classes.ts';
import { readOnce } from './vocabulary/memo.ts';
import { unicodePattern } from './vocabulary/unicode-pattern.ts';
import { fold, isAscii, kindOf } from './vocabulary/vocabulary.ts';
import type { WordKind } from './vocabulary/word-trie.ts';

/**
 * One piece of a value.
 *
 * - `number` is a number that people add by habit (`123`, `2024`, `32`). Other digits are `digits`.
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

/**
 * Reading stops after this many unknown words, because no vocabulary can outweigh them. A few pieces of noise are
 * enough.
 */
const MAX_UNKNOWN = 12;
const MAX_NOISE = 3;

/**
 * The words of a text, cut at separators, digits and changes of case, and inside joined letters by the vocabulary.
 * Undefined if it is no text.
 */
export const wordsOf = (text: string): readonly Word[] | undefined => wordsOrNull(text) ?? undefined;
const wordsOrNull = readOnce((text) => readWords(text, MAX_UNKNOWN, MAX_NOISE) ?? null);

/** The words of a text of which each is known, or a number that people add. Undefined for another text. */
export const knownWordsOf = (text: string): readonly Word[] | undefined => {
  const words = readWords(text, 0, 0);
  return words?.some(({ kind }) => kind === 'digits') === true ? undefined : words;
};

function readWords(text: string, maxUnknown: number, maxNoise: number): readonly Word[] | undefined {
  const words: Word[] = [];
  let unknown = 0;
  let noise = 0;
  const tokens = tokensOf(text);
  // One such token decides. The others are not read.
  if (tokens.length > 1 && tokens.some(isNoise)) return undefined;
  for (const token of tokens) {
    for (const word of readToken(token)) {
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

/** Runs of letters and digits, and `n/a` in an ASCII text. */
function tokensOf(text: string): readonly string[] {
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
function runsOf(token: string): readonly string[] {
  const runs: string[] = [];
  let from = 0;
  let wasNumber = 0;
  for (let at = 0; at < token.length; at++) {
    const classes = classesOf(token.charCodeAt(at));
    if ((classes & HALF) !== 0) return token.match(runsIn(token)) ?? [];
    const isNumber = classes & NUMBER;
    if (at > 0 && isNumber !== wasNumber) {
      runs.push(token.slice(from, at));
      from = at;
    }
    wasNumber = isNumber;
  }
  runs.push(token.slice(from));
  return runs;
}

/** Runs of letters between digits in one token. More of them are random. */
const MAX_RUNS = 9;
const MAX_FRAGMENT_LENGTH = 2;

const readToken = readOnce((token): readonly Word[] => {
  const lower = token.toLowerCase();
  const kind = token.length <= MAX_WORD_LENGTH ? kindOf(lower) : undefined;
  if (kind) return [{ text: lower, kind, whole: true }];
  if (isRandomLooking(token)) return NOTHING_BUT_NOISE;
  const runs = runsOf(token);
  if (runs.length > MAX_RUNS) return NOTHING_BUT_NOISE;
  if (runs.length === 1 && token.length <= MAX_WORD_LENGTH && !isDigit(token) && isAscii(token))
    return readUnknownRun(token, lower);
  const words = readEach(runs, readRun);
  const letterRuns =
    runs.length - Math.floor(runs.length / 2) - (isDigit(runs[0]!) && runs.length % 2 ? 1 : 0);
  if (letterRuns < 2)
    return words.length === runs.length && runs.length > 1
      ? words.map((word) => besideDigits(word, runs))
      : words;
  const scraps = words.some(
    ({ kind, text }) => kind === 'unknown' || (isWord(kind) && text.length <= MAX_FRAGMENT_LENGTH),
  );
  if (!scraps || isMostlyKnown(words)) return words;
  return words.map((word) =>
    isWord(word.kind) && word.text.length <= 4 ? { ...word, kind: 'noise' } : word,
  );
});

/** One or two letters with digits before them, or one letter and digits: `59cd`, `a974`. */
function besideDigits(word: Word, runs: readonly string[]): Word {
  if (!isWord(word.kind)) return word;
  const led = isDigit(runs[0]!);
  return word.text.length <= (led ? MAX_FRAGMENT_LENGTH : 1) ? { ...word, kind: 'noise' } : word;
}

/** No word of any list is longer. */
const MAX_WORD_LENGTH = 30;

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
  return looksRandom(token.length, changes);
}

/** The same for a text whose changes are known. */
export const looksRandom = (length: number, changes: number): boolean =>
  changes >= MIN_CHANGES && length < 2.6 * (changes + 1);

const MIN_CHANGES = 4;

const DIGIT = 0;
const UPPER = 1;
const LOWER = 2;

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  return code >= 65 && code <= 90 ? UPPER : LOWER;
}

const NOTHING_BUT_NOISE: readonly Word[] = Array(MAX_NOISE + 1).fill({
  text: '',
  kind: 'noise',
  whole: true,
});

function isDigit(run: string): boolean {
  const code = run.charCodeAt(0);
  const classes = classesOf(code);
  return (classes & HALF) === 0 ? (classes & NUMBER) !== 0 : digitAtStartOf(run).test(run);
}
const digitAtStartOf = unicodePattern(String.raw`^[\p{N}]`);
const isWord = (kind: Word['kind']): boolean => kind !== 'number' && kind !== 'digits';

function readRun(run: string): readonly Word[] {
  if (isDigit(run)) return [{ text: run, kind: isHabitual(run) ? 'number' : 'digits', whole: true }];
  const folded = fold(run);
  const kind = kindOf(folded);
  return kind ? [{ text: folded, kind, whole: true }] : readUnknownRun(run, folded);
}

/** Letters that are no word as a whole. */
function readUnknownRun(run: string, folded: string): readonly Word[] {
  if (folded.length > 4 && isKeyboardWalk(folded)) return [{ text: folded, kind: 'soft', whole: true }];
  const parts = run === folded ? [run] : splitAtCase(run);
  if (parts.length === 1) return segment(folded);
  const byCase = readEach(parts, readPart);
  if (byCase.every(isKnown)) return byCase;
  if (isMostlyKnown(byCase)) return byCase.map(cutOut);
  if (run.length > MAX_ODD_CASE_LENGTH) return byCase.map(besideUnknown);
  const regardless = segment(folded);
  return regardless.every(isKnown) ? regardless : byCase.map(besideUnknown);
}

function readEach(parts: readonly string[], read: (part: string) => readonly Word[]): readonly Word[] {
  const words: Word[] = [];
  for (const part of parts) for (const word of read(part)) words.push(word);
  return words;
}

/** The length limit for the lookup of a word in irregular case (`pASSWORD`). */
const MAX_ODD_CASE_LENGTH = 20;

function readPart(part: string): readonly Word[] {
  const folded = fold(part);
  const kind = kindOf(folded);
  if (kind) return [{ text: folded, kind, whole: true }];
  const capitals = part.length > 1 && part === part.toUpperCase();
  return capitals ? [{ text: folded, kind: 'noise', whole: true }] : segment(folded);
}

const isKnown = ({ kind }: Word): boolean => kind !== 'unknown' && kind !== 'noise';

/** Three quarters of the letters are words of three letters or more: a phrase, and no random text. */
function isMostlyKnown(words: readonly Word[]): boolean {
  let letters = 0;
  let known = 0;
  for (const word of words) {
    if (!isWord(word.kind)) continue;
    letters += word.text.length;
    if (isKnown(word) && word.text.length > MAX_FRAGMENT_LENGTH) known += word.text.length;
  }
  return letters >= MIN_PHRASE_LENGTH && known * 4 >= letters * 3;
}
const MIN_PHRASE_LENGTH = 16;

const cutOut = (word: Word): Word => (word.kind === 'unknown' ? { ...word, whole: false } : word);

/** In text of mixed case, next to an unknown part, two letters are chance and three prove little. */
function besideUnknown(word: Word): Word {
  if (word.kind === 'unknown') return { ...word, whole: false };
  if (word.text.length <= MAX_FRAGMENT_LENGTH) return { ...word, kind: 'noise' };
  return word.text.length === 3 && (word.kind === 'hard' || word.kind === 'mark')
    ? { ...word, kind: 'soft' }
    : word;
}

/** `APIKey` is `API` and `Key`, `dbPassword` is `db` and `Password`. */
function splitAtCase(run: string): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < run.length; ) {
    let end = endOfCapitals(run, from);
    const next = end < run.length ? classesOf(run.charCodeAt(end)) : 0;
    if ((next & HALF) !== 0) return run.match(casesIn(run)) ?? [run];
    // The last of several capitals begins the next part.
    if (end - from > 1 && (next & SMALL) !== 0) end -= 1;
    else if (end === from || (next & SMALL) !== 0) end = endOfOthers(run, end);
    if (end < 0) return run.match(casesIn(run)) ?? [run];
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

/**
 * 12, 123, 321, 000, years, and the lengths that instructions name. Other numbers of up to four digits are no secret
 * next to words.
 */
function isHabitual(digits: string): boolean {
  return (
    digits.length <= 4 ||
    isKeyboardWalk(digits) ||
    /^(?:(.)\1*|(?:19|20)\d\d(?:[01]\d[0-3]\d)?|[0-3]\d[01]\d(?:19|20)\d\d)$/.test(digits)
  );
}

/**
 * The text reads like a name or a phrase, not like a random value. It has runs of letters in one case or camelCase of
 * known words, few digits, and only the symbols of names. False for undefined.
 */
export function readsLikeText(text: string | undefined): boolean {
  if (text === undefined || text.length > 400 || !letterIn(text).test(text)) return false;
  if (oddSignIn(text).test(text)) return false;
  const tokens = text.match(tokensIn(text)) ?? [];
  const odd = tokens.filter((token) => !isPlain(token));
  return odd.length * 3 <= tokens.length;
}

const letterIn = unicodePattern(String.raw`[\p{L}]`);
const oddSignIn = unicodePattern(String.raw`[^\p{L}\p{M}\p{N}\s._:/'"()|,=?!@+*-]`);
const tokensIn = unicodePattern(String.raw`[\p{L}\p{M}\p{N}]+`, 'g');
const runsIn = unicodePattern(String.raw`[\p{N}]+|[^\p{N}]+`, 'g');

function isPlain(token: string): boolean {
  if (!isAscii(token)) return true;
  if (/^(?:[a-z]+|[A-Z]+)\d{0,4}$/.test(token) || CAMEL_CASE.test(token)) return true;
  return namesASecret(token);
}

/** `resourceGroup` */
const CAMEL_CASE = /^[a-z]{3,}(?:[A-Z][a-z]+)+$/;

/** The text contains a word of the vocabulary with at least four letters. */
export function namesASecret(text: string): boolean {
  return (wordsOf(text) ?? []).some(({ text: word, kind }) => word.length >= 4 && VOCABULARY_KINDS.has(kind));
}

const VOCABULARY_KINDS: ReadonlySet<Word['kind']> = new Set(['mark', 'hard', 'soft', 'your']);
