import { isAscii } from '../vocabulary/characters.ts';
import { readOnce } from '../vocabulary/memo.ts';
import { fold, kindOf, latinWords, wordsOfOtherScripts } from '../vocabulary/vocabulary.ts';
import { kindOfNumber, type WordKind, type WordTrie } from '../vocabulary/word-trie.ts';
import { isKeyboardWalk } from './keyboard-walk.ts';
import { isDigit, isRandomLooking, MAX_WORD_LENGTH, runsOf, splitAtCase, type Word } from './tokens.ts';

/** A text with more noise has no words. */
export const MAX_NOISE = 3;

/** Runs of letters between digits in one token. More of them are random. */
const MAX_RUNS = 9;
const MAX_FRAGMENT_LENGTH = 2;

/**
 * The words of one run of letters and digits. `inAscii` says that the text around it is ASCII, so nothing has to be
 * read to know that its parts are.
 */
export const readToken = readOnce((token, inAscii: boolean): readonly Word[] => {
  const ascii = inAscii || isAscii(token);
  const lower = token.toLowerCase();
  const kind = token.length <= MAX_WORD_LENGTH ? kindOf(lower, ascii) : undefined;
  if (kind) return [{ text: lower, kind, whole: true }];
  if (isRandomLooking(token)) return NOTHING_BUT_NOISE;
  const runs = runsOf(token);
  if (runs.length > MAX_RUNS) return NOTHING_BUT_NOISE;
  if (runs.length === 1 && token.length <= MAX_WORD_LENGTH && ascii && !isDigit(token))
    return readUnknownRun(token, lower, ascii);
  const words = readEach(runs, readRun, ascii);
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

const NOTHING_BUT_NOISE: readonly Word[] = Array(MAX_NOISE + 1).fill({
  text: '',
  kind: 'noise',
  whole: true,
});

const isWord = (kind: Word['kind']): boolean => kind !== 'number' && kind !== 'digits';

function readEach(
  parts: readonly string[],
  read: (part: string, ascii: boolean) => readonly Word[],
  ascii: boolean,
): readonly Word[] {
  if (parts.length === 1) return read(parts[0]!, ascii);
  const words: Word[] = [];
  for (const part of parts) for (const word of read(part, ascii)) words.push(word);
  return words;
}

function readRun(run: string, inAscii: boolean): readonly Word[] {
  const ascii = inAscii || isAscii(run);
  if (isDigit(run)) return [{ text: run, kind: isUsual(run) ? 'number' : 'digits', whole: true }];
  const folded = fold(run, ascii);
  const kind = kindOf(folded, ascii || isAscii(folded));
  return kind ? [{ text: folded, kind, whole: true }] : readUnknownRun(run, folded, ascii);
}

/** Letters that are no word as a whole. */
function readUnknownRun(run: string, folded: string, ascii: boolean): readonly Word[] {
  if (folded.length > 4 && isKeyboardWalk(folded)) return [{ text: folded, kind: 'soft', whole: true }];
  const parts = run === folded ? [run] : splitAtCase(run);
  if (parts.length === 1) return segment(folded, ascii || isAscii(folded));
  const byCase = readEach(parts, readPart, ascii);
  if (byCase.every(isKnown)) return byCase;
  if (isMostlyKnown(byCase)) return byCase.map(cutOut);
  if (run.length > MAX_ODD_CASE_LENGTH) return byCase.map(besideUnknown);
  const regardless = segment(folded, ascii || isAscii(folded));
  return regardless.every(isKnown) ? regardless : byCase.map(besideUnknown);
}

/** The length limit for the lookup of a word in irregular case (`pASSWORD`). */
const MAX_ODD_CASE_LENGTH = 20;

function readPart(part: string, ascii: boolean): readonly Word[] {
  const folded = fold(part, ascii);
  const isFoldedAscii = ascii || isAscii(folded);
  const kind = kindOf(folded, isFoldedAscii);
  if (kind) return [{ text: folded, kind, whole: true }];
  const capitals = part.length > 1 && (ascii ? !SMALL_LETTER.test(part) : part === part.toUpperCase());
  return capitals ? [{ text: folded, kind: 'noise', whole: true }] : segment(folded, isFoldedAscii);
}

const SMALL_LETTER = /[a-z]/;

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

/**
 * 12, 123, 321, 000, years, and the lengths that instructions name. Other numbers of up to four digits are no secret
 * next to words.
 */
function isUsual(digits: string): boolean {
  return (
    digits.length <= 4 ||
    isKeyboardWalk(digits) ||
    /^(?:(.)\1*|(?:19|20)\d\d(?:[01]\d[0-3]\d)?|[0-3]\d[01]\d(?:19|20)\d\d)$/.test(digits)
  );
}

/** A piece of a run of letters. `whole` is true if the piece is the whole run. */
export interface Segment {
  readonly text: string;
  readonly kind: WordKind | 'unknown';
  readonly whole: boolean;
}

/** A shorter run is not cut: too much English text falls apart into two-letter words. */
const MIN_LENGTH = 5;
const MAX_LENGTH = 96;

/**
 * The cheapest reading of a folded run of letters: words of the vocabulary, and unknown pieces between them. It is a
 * shortest path from left to right.
 */
function segment(run: string, ascii = isAscii(run)): readonly Segment[] {
  const unspaced = !ascii;
  const hopeless =
    run.length > MAX_LENGTH || (!unspaced && (run.length < MIN_LENGTH || isUnpronounceable(run)));
  if (hopeless) return [{ text: run, kind: 'unknown', whole: true }];
  findCheapestEnds(run, unspaced);
  return readBack(run);
}

/** Two joined words have at most five consonants between their vowels: `lengthsprovided`. Abbreviations are shorter. */
const UNPRONOUNCEABLE = 7;

function isUnpronounceable(run: string): boolean {
  let others = 0;
  for (let at = 0; at < run.length; at++) {
    others = isVowel[run.charCodeAt(at)] === 1 ? 0 : others + 1;
    if (others === UNPRONOUNCEABLE) return true;
  }
  return false;
}
const isVowel = new Uint8Array(128);
for (const vowel of 'aeiouy') isVowel[vowel.charCodeAt(0)] = 1;

/**
 * For each number of letters of the run, the cheapest reading of them. It has a cost, the begin of its last piece, and
 * the code of that piece's kind. Only one run is read at a time.
 */
const costs = new Float64Array(MAX_LENGTH + 1);
const begins = new Uint8Array(MAX_LENGTH + 1);
const kinds = new Uint8Array(MAX_LENGTH + 1);
const UNKNOWN = 0;

/** Opening an unknown piece costs as much as nine of its letters, so `secretary` is not `secret` and a rest. */
const UNKNOWN_OPENS = 4.5;
const UNKNOWN_LETTER = 0.5;

function findCheapestEnds(run: string, unspaced: boolean): void {
  costs.fill(Number.POSITIVE_INFINITY, 0, run.length + 1);
  costs[0] = 0;
  let unknown = UNKNOWN_OPENS;
  let unknownFrom = 0;
  for (let at = 0; at < run.length; at++) {
    const cost = costs[at]!;
    offerWords(run, at, unspaced, latinWords());
    if (unspaced) offerWords(run, at, unspaced, wordsOfOtherScripts());
    if (cost + UNKNOWN_OPENS < unknown) {
      unknown = cost + UNKNOWN_OPENS;
      unknownFrom = at;
    }
    unknown += UNKNOWN_LETTER;
    offerEnd(at + 1, unknown, unknownFrom, UNKNOWN);
  }
}

/** Every word that begins at this letter. */
function offerWords(run: string, from: number, unspaced: boolean, words: WordTrie): void {
  let node = words.next(0, run.charCodeAt(from));
  for (let end = from + 1; node !== 0; end++) {
    const kind = words.pieceAt(node);
    if (kind !== UNKNOWN) offerEnd(end, costs[from]! + (unspaced ? 0.5 : costOf(end - from)), from, kind);
    node = end < run.length ? words.next(node, run.charCodeAt(end)) : 0;
  }
}

function offerEnd(end: number, cost: number, from: number, kind: number): void {
  if (cost >= costs[end]!) return;
  costs[end] = cost;
  begins[end] = from;
  kinds[end] = kind;
}

/** Words of two or three letters occur in every text by chance, words of six letters rarely. */
function costOf(letters: number): number {
  if (letters >= 6) return 1.5;
  return letters === 5 ? 2 : 2.5;
}

function readBack(run: string): readonly Segment[] {
  const pieces: Segment[] = [];
  for (let end = run.length; end > 0; end = begins[end]!) {
    const from = begins[end]!;
    pieces.push({
      text: run.slice(from, end),
      kind: kindOfNumber(kinds[end]!) ?? 'unknown',
      whole: end - from === run.length,
    });
  }
  return pieces.reverse();
}
