import { isAscii, latinWords, wordsOfOtherScripts } from '../vocabulary/vocabulary.ts';
import { kindOfNumber, type WordKind, type WordTrie } from '../vocabulary/word-trie.ts';

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
export function segment(run: string, ascii = isAscii(run)): readonly Segment[] {
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
