import { classesOf, HALF, LETTER } from '../vocabulary/character-classes.ts';
import { kindOf } from '../vocabulary/vocabulary.ts';

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
export function occurrencesOf(ownWords: readonly string[], folded: string): readonly Occurrence[] {
  const present = presentForms(ownWords, folded);
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

function presentForms(ownWords: readonly string[], folded: string): Form[] {
  const present: Form[] = [];
  for (const own of ownWords) {
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
