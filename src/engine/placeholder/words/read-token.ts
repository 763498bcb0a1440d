import { isKeyboardWalk } from '../keyboard-walk.ts';
import { readOnce } from '../vocabulary/memo.ts';
import { fold, isAscii, kindOf } from '../vocabulary/vocabulary.ts';
import { isRandomLooking } from './random-looking.ts';
import { segment } from './segment.ts';
import { isDigit, runsOf, splitAtCase } from './tokens.ts';
import { MAX_WORD_LENGTH, type Word } from './word.ts';

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
  if (isDigit(run)) return [{ text: run, kind: isHabitual(run) ? 'number' : 'digits', whole: true }];
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
function isHabitual(digits: string): boolean {
  return (
    digits.length <= 4 ||
    isKeyboardWalk(digits) ||
    /^(?:(.)\1*|(?:19|20)\d\d(?:[01]\d[0-3]\d)?|[0-3]\d[01]\d(?:19|20)\d\d)$/.test(digits)
  );
}
