import type { ValueText } from './value-text.ts';
import type { Classify, DetectorContext, PlaceholderVerdict } from './verdict.ts';
import { classesOf, HALF, isAscii, LETTER, unicodePattern } from './vocabulary/characters.ts';
import { fold, kindOf, lettersOf } from './vocabulary/vocabulary.ts';
import { isPronounceable } from './words/score.ts';
import type { Word } from './words/tokens.ts';
import { wordsOf } from './words/words.ts';

const OWN_KEY: PlaceholderVerdict = { rule: 'placeholder', message: "repeats its own key's name" };
const KNOWN: PlaceholderVerdict = { rule: 'placeholder', message: 'equals the user or database name' };
const BUILT_ON_KNOWN: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is built on the user or database name',
};

/** `JWT_SECRET: jwt-secret`, a password equal to its user, or the user's name and a few digits. */
export function ownName(
  value: ValueText,
  context: DetectorContext,
  classify: Classify,
): PlaceholderVerdict | undefined {
  const verdict = nameIn(value, context);
  // A template has one fill-in for the user and the password.
  if (verdict === undefined || verdict === OWN_KEY) return verdict;
  return classify.part(value.text, { ...context, role: 'name' }) ?? verdict;
}

function nameIn(
  value: ValueText,
  { name: key, known: names }: DetectorContext,
): PlaceholderVerdict | undefined {
  const { text, letters: bare } = value;
  if (bare === '') return undefined;
  if (bare === key.letters) return OWN_KEY;
  if (names === undefined) return undefined;
  for (const known of names) {
    if (text === known) return KNOWN;
    const name = lettersOf(fold(known));
    if (name === '') continue;
    if (bare.length === name.length && (bare === name || bare === [...name].reverse().join(''))) return KNOWN;
    if (name.length >= 3 && bare.includes(name) && AFFIXES.test(bare.replace(name, ' ')))
      return BUILT_ON_KNOWN;
  }
  return undefined;
}

/** `shop-file-encryption-key-2024` under `file-encryption-key`. */
export function builtOnKey(value: ValueText, { name }: DetectorContext): PlaceholderVerdict | undefined {
  const own = name.letters;
  if (own.length < MIN_KEY_LENGTH) return undefined;
  const bare = value.letters;
  if (bare.length > own.length + MAX_AFFIX) return undefined;
  const at = bare.indexOf(own);
  const isBuilt =
    at >= 0 && /^[a-z]*$/.test(bare.slice(0, at)) && /^[a-z]*\d{0,4}$/.test(bare.slice(at + own.length));
  return isBuilt ? OWN_KEY : undefined;
}
/** In letters. No random value repeats so many, and no passphrase has so few next to them. */
const MIN_KEY_LENGTH = 8;
const MAX_AFFIX = 16;

/** Affixes that people add to a name to make a password. */
const AFFIXES =
  /^(?:my|the|db|dev|test)? (?:\d{1,4}|(?:19|20)\d\d\d{0,4}|db|app|user|pass|password|passwd|pwd|pw|secret|key|token)?\d{0,4}$/;

/** Context words are in short values only: a longer one is a sentence or a key. */
const MAX_TEXT_LENGTH = 160;

/**
 * The words of a text in which the context words are known, also if they are joined with others: `shopkafka123` in a
 * Secret called `shop-secrets`. Undefined if the text holds none of them.
 */
export function wordsWithOwn(text: string, contextWords: readonly string[]): readonly Word[] | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const folded = fold(text);
  // Otherwise the positions of the words differ.
  if (folded.length !== text.length) return undefined;
  const occurrences = occurrencesOf(contextWords, folded);
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

/** The words between two context words. One that is joined to a context word was cut out of letters. */
function wordsBetween(text: string, from: number, to: number): readonly Word[] | undefined {
  const words = wordsOf(text.slice(from, to));
  if (words === undefined || words.length === 0) return words;
  const last = words.length - 1;
  const first = from > 0 && isLetterAt(text, from) ? 0 : -1;
  const end = to < text.length && isLetterAt(text, to - 1) ? last : -1;
  if (first < 0 && end < 0) return words;
  return words.map((word, at) => (at === first || at === end ? { ...word, whole: false } : word));
}

const letterIn = unicodePattern(String.raw`[\p{L}]`);
const isLetterAt = (text: string, at: number): boolean => letterIn(text.charAt(at)).test(text.charAt(at));

/** An own word that the vocabulary has too, as `jwt` of `JWT_SECRET`, keeps its strength, and is no name. */
function ownWord(text: string): Word {
  const kind = kindOf(text);
  if (kind === undefined) return { text, kind: 'soft', whole: true, isOwn: true };
  return { text, kind: kind === 'hard' || kind === 'mark' ? kind : 'soft', whole: true };
}

/** Shorter words count only between separators. */
const MIN_JOINED_LENGTH = 4;

/** An own word in a folded text. */
export interface Occurrence {
  readonly word: string;
  readonly at: number;
}

/**
 * Every own word in a folded text, from left to right. The longest word that fits is the one that is meant. Empty if
 * there is none.
 */
function occurrencesOf(contextWords: readonly string[], folded: string): readonly Occurrence[] {
  const present = presentForms(contextWords, folded);
  if (present.length === 0) return present;
  const found: Occurrence[] = [];
  for (let from = 0; ; ) {
    const next = firstOf(present, folded, from);
    if (next === undefined) return found;
    found.push({ word: next.word, at: next.at });
    from = next.at + next.word.length;
  }
}

/** A word, and its next position from where the search stands. */
interface Form extends Occurrence {
  readonly isBounded: boolean;
  at: number;
}

function presentForms(contextWords: readonly string[], folded: string): Form[] {
  const present: Form[] = [];
  for (const own of contextWords) {
    const word = formIn(folded, own);
    if (word !== undefined) present.push({ word, at: -1, isBounded: mustStandAlone(word) });
  }
  return present.length < 2 ? present : present.sort((a, b) => b.word.length - a.word.length);
}

/** The word, or nearly all of it: `orden` of `ordenes`. */
function formIn(folded: string, word: string): string | undefined {
  const stem = word.length > MIN_STEM_LENGTH ? word.slice(0, -1) : word;
  if (!folded.includes(stem)) return undefined;
  if (stem === word || folded.includes(word)) return word;
  return kindOf(stem) === undefined ? stem : undefined;
}
const MIN_STEM_LENGTH = 5;

/** An ordinary word must too, because the vocabulary has longer ones: `secreto` is not `secret` and a rest. */
const mustStandAlone = (word: string): boolean => word.length < MIN_JOINED_LENGTH || kindOf(word) === 'soft';

/** The leftmost one. Each position is searched once for each word. */
function firstOf(present: readonly Form[], folded: string, from: number): Form | undefined {
  let first: Form | undefined;
  for (const form of present) {
    if (form.at < from) form.at = nextAt(form, folded, from);
    if (form.at < (first?.at ?? folded.length)) first = form;
  }
  return first;
}

/** The length of the text if there is none. */
function nextAt({ word, isBounded }: Form, folded: string, from: number): number {
  let at = folded.indexOf(word, from);
  while (at >= 0 && isBounded && hasLetterAround(folded, at, at + word.length))
    at = folded.indexOf(word, at + 1);
  return at < 0 ? folded.length : at;
}

const hasLetterAround = (text: string, from: number, to: number): boolean =>
  (from > 0 && isLetter(text, from - 1)) || (to < text.length && isLetter(text, to));

function isLetter(text: string, at: number): boolean {
  const classes = classesOf(text.charCodeAt(at));
  if ((classes & HALF) === 0) return (classes & LETTER) !== 0;
  const isSecondHalf = text.charCodeAt(at) >= FIRST_OF_SECOND_HALVES;
  return LETTER_ALONE.test(isSecondHalf ? text.slice(at - 1, at + 1) : text.slice(at, at + 2));
}
const FIRST_OF_SECOND_HALVES = 0xdc00;
const LETTER_ALONE = /^\p{L}$/u;

/**
 * A name from the context, known words, and one other word: `acmepay_nairobi_2024`, `escolaVirtualSessao123`. No
 * passphrase of four words has so many known ones by chance.
 */
export function isOwnPhrase(words: readonly Word[], text: string): boolean {
  if (!isAscii(text) || countSigns(text) > MAX_PHRASE_SIGNS) return false;
  let count = 0;
  let known = 0;
  let isNamed = false;
  const others = new Set<string>();
  for (const word of words) {
    if (word.kind === 'noise' || word.kind === 'digits') return false;
    if (word.kind === 'number' || word.kind === 'glue') continue;
    count += 1;
    if (word.kind === 'unknown' || word.kind === 'common') others.add(word.text);
    else known += 1;
    isNamed ||= word.isOwn === true && isWritten(word.text, text);
  }
  const [other] = others;
  if (other === undefined || others.size > 1 || !isNamed || !isPronounceable(other)) return false;
  if (count > MAX_PHRASE_WORDS || other.length > MAX_OTHER_LENGTH) return false;
  return known > 1 || other.length <= MAX_OTHER_BESIDE_NAME || hasTail(words, text);
}

const MAX_PHRASE_WORDS = 5;
const MAX_PHRASE_SIGNS = 4;
const MAX_OTHER_LENGTH = 12;
/** In letters. More may be two words of a passphrase. */
const MAX_OTHER_BESIDE_NAME = 8;
const MIN_LONG_NAME = 5;

const countSigns = (text: string): number => text.match(/[^A-Za-z0-9\s._-]/g)?.length ?? 0;

/**
 * In one case, as people write a name. A short one must stand between separators or capitals: random letters contain it
 * by chance.
 */
function isWritten(word: string, text: string): boolean {
  const at = text.toLowerCase().indexOf(word);
  const end = at + word.length;
  const written = text.slice(at, end);
  if (written.slice(1) !== written.slice(1).toLowerCase() && written !== written.toUpperCase()) return false;
  if (word.length >= MIN_LONG_NAME) return true;
  const begins = !/[A-Za-z]/.test(text.charAt(at - 1)) || /^[A-Z]/.test(written);
  return begins && !/[a-z]/.test(text.charAt(end));
}

/** A number that people often add, or a sign at the end. */
const hasTail = (words: readonly Word[], text: string): boolean =>
  words.some(({ kind, text: digits }) => kind === 'number' && digits.length > 1) || /[!@#$*?.]$/.test(text);
