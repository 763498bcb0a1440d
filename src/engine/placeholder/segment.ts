import { isAscii, piecesFor, type WordKind } from './vocabulary/vocabulary.ts';

/** A piece of a run of letters. `whole` is true if the piece is the whole run. */
export interface Segment {
  readonly text: string;
  readonly kind: WordKind | 'unknown';
  readonly whole: boolean;
}

/** A shorter run is not cut: too much English text falls apart into two-letter words. */
const MIN_LENGTH = 5;
const MAX_LENGTH = 96;
/** Two joined words have at most five consonants between their vowels: `lengthsprovided`. Abbreviations are shorter. */
const UNPRONOUNCEABLE = /[^aeiouy]{7}/;

/**
 * The short words that joined letters may be cut into. With all short words of the vocabulary, `shame` would be `sha`
 * and `me`.
 */
const SHORT = new Set(
  'a me my is to in db it at of pw tu mi ky the for not use key api jwt app dev set put add new env pwd sql aws any our min tua sua foo bar baz'.split(
    ' ',
  ),
);

/** A trie of words. A search from any position of a run ends as soon as no word continues. */
interface TrieNode {
  kind: WordKind | undefined;
  readonly next: Map<number, TrieNode>;
}

const MIN_LATIN_LENGTH = 4;
/** For ASCII letters, and for others. */
const roots: { ascii: TrieNode | undefined; any: TrieNode | undefined } = {
  ascii: undefined,
  any: undefined,
};

/** Built when the first run is cut. Few Secrets need it, and building it takes longer than one validation. */
function trieFor(run: string): TrieNode {
  const script = isAscii(run) ? 'ascii' : 'any';
  roots[script] ??= trieOf(piecesFor(run));
  return roots[script];
}

function trieOf(pieces: ReturnType<typeof piecesFor>): TrieNode {
  const root: TrieNode = { kind: undefined, next: new Map() };
  for (const [word, kind] of pieces) {
    if (isAscii(word) && word.length < MIN_LATIN_LENGTH && !SHORT.has(word)) continue;
    trieNodeFor(root, word).kind = kind;
  }
  return root;
}

function trieNodeFor(from: TrieNode, word: string): TrieNode {
  let branch = from;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    const next = branch.next.get(code) ?? { kind: undefined, next: new Map() };
    branch.next.set(code, next);
    branch = next;
  }
  return branch;
}

/**
 * The cheapest reading of a folded run of letters: words of the vocabulary, and unknown pieces between them. It is a
 * shortest path from left to right.
 */
export function segment(run: string): readonly Segment[] {
  const unspaced = !isAscii(run);
  const hopeless =
    run.length > MAX_LENGTH || (!unspaced && (run.length < MIN_LENGTH || UNPRONOUNCEABLE.test(run)));
  return hopeless
    ? [{ text: run, kind: 'unknown', whole: true }]
    : readBack(run, cheapestEnds(run, unspaced));
}

/** The end of the cheapest reading of the first letters. Its last piece begins at `from`. */
interface SegmentEnd {
  cost: number;
  from: number;
  kind: WordKind | 'unknown';
}

/** Opening an unknown piece costs as much as nine of its letters, so `secretary` is not `secret` and a rest. */
const UNKNOWN_OPENS = 4.5;
const UNKNOWN_LETTER = 0.5;

function cheapestEnds(run: string, unspaced: boolean): readonly SegmentEnd[] {
  const endings: SegmentEnd[] = [{ cost: 0, from: 0, kind: 'unknown' }];
  for (let at = 1; at <= run.length; at++)
    endings.push({ cost: Number.POSITIVE_INFINITY, from: 0, kind: 'unknown' });
  let unknown = UNKNOWN_OPENS;
  let unknownFrom = 0;
  const words = trieFor(run);
  for (let at = 0; at < run.length; at++) {
    const { cost } = endings[at]!;
    let end = at;
    let branch = words.next.get(run.charCodeAt(end));
    while (branch !== undefined) {
      end += 1;
      const { kind } = branch;
      if (kind !== undefined) offerEnd(endings[end]!, cost + (unspaced ? 0.5 : costOf(end - at)), at, kind);
      branch = branch.next.get(run.charCodeAt(end));
    }
    if (cost + UNKNOWN_OPENS < unknown) {
      unknown = cost + UNKNOWN_OPENS;
      unknownFrom = at;
    }
    unknown += UNKNOWN_LETTER;
    offerEnd(endings[at + 1]!, unknown, unknownFrom, 'unknown');
  }
  return endings;
}

function offerEnd(ending: SegmentEnd, cost: number, from: number, kind: WordKind | 'unknown'): void {
  if (cost >= ending.cost) return;
  ending.cost = cost;
  ending.from = from;
  ending.kind = kind;
}

/** Words of two or three letters occur in every text by chance, words of six letters rarely. */
function costOf(letters: number): number {
  if (letters >= 6) return 1.5;
  return letters === 5 ? 2 : 2.5;
}

function readBack(run: string, endings: readonly SegmentEnd[]): readonly Segment[] {
  const pieces: Segment[] = [];
  for (let end = run.length; end > 0; end = endings[end]!.from) {
    const { from, kind } = endings[end]!;
    pieces.push({ text: run.slice(from, end), kind, whole: end - from === run.length });
  }
  return pieces.reverse();
}
