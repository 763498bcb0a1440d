import { type Entry, isAscii, type Kind, pieces } from './vocabulary/vocabulary.ts';

/** A piece of a run of letters; `whole` where it is the run. */
export interface Piece {
  readonly text: string;
  readonly kind: Kind | 'unknown';
  readonly whole: boolean;
}

/** Below this length a run is not cut: too much of English falls apart into two-letter words. */
const SHORTEST = 5;
const LONGEST = 96;
/** Two words that meet have five consonants between their vowels at the most: `lengthsprovided`; abbreviations are shorter. */
const UNPRONOUNCEABLE = /[^aeiouy]{7}/;

/** The short words that run-together letters may be cut into. With all of the vocabulary's, `shame` would be `sha` and `me`. */
const SHORT = new Set(
  'a me my is to in db it at of pw tu mi ky the for not use key api jwt app dev set put add new env pwd sql aws any our min tua sua foo bar baz'.split(
    ' ',
  ),
);

const HEAD = 3;
const BY_HEAD = new Map<string, Entry[]>();
for (const entry of pieces()) {
  const [word] = entry;
  if (isAscii(word) && word.length <= HEAD && !SHORT.has(word)) continue;
  const head = word.slice(0, HEAD);
  const known = BY_HEAD.get(head);
  if (known) known.push(entry);
  else BY_HEAD.set(head, [entry]);
}

/** The cheapest reading of a folded run of letters as words of the vocabulary with unknown pieces between them: shortest path, left to right. */
export function segment(run: string): readonly Piece[] {
  const unspaced = !isAscii(run);
  const hopeless =
    run.length > LONGEST || (!unspaced && (run.length < SHORTEST || UNPRONOUNCEABLE.test(run)));
  return hopeless ? [{ text: run, kind: 'unknown', whole: true }] : readBack(run, cheapest(run, unspaced));
}

/** How the cheapest reading of the first letters ends: with the piece from `from`. */
interface Ending {
  cost: number;
  from: number;
  kind: Kind | 'unknown';
}

/** Opening an unknown piece costs as much as nine of its letters, so that `secretary` is not `secret` and a rest. */
const UNKNOWN_OPENS = 4.5;
const UNKNOWN_LETTER = 0.5;

function cheapest(run: string, unspaced: boolean): readonly Ending[] {
  const endings: Ending[] = [{ cost: 0, from: 0, kind: 'unknown' }];
  for (let at = 1; at <= run.length; at++)
    endings.push({ cost: Number.POSITIVE_INFINITY, from: 0, kind: 'unknown' });
  let unknown = UNKNOWN_OPENS;
  let unknownFrom = 0;
  for (let at = 0; at < run.length; at++) {
    const { cost } = endings[at]!;
    for (let head = 1; head <= HEAD; head++) {
      for (const [word, kind] of BY_HEAD.get(run.slice(at, at + head)) ?? []) {
        if (word.length < head || (word.length > head && head < HEAD) || !run.startsWith(word, at)) continue;
        offer(endings[at + word.length]!, cost + (unspaced ? 0.5 : costOf(word.length)), at, kind);
      }
    }
    if (cost + UNKNOWN_OPENS < unknown) {
      unknown = cost + UNKNOWN_OPENS;
      unknownFrom = at;
    }
    unknown += UNKNOWN_LETTER;
    offer(endings[at + 1]!, unknown, unknownFrom, 'unknown');
  }
  return endings;
}

function offer(ending: Ending, cost: number, from: number, kind: Kind | 'unknown'): void {
  if (cost < ending.cost) Object.assign(ending, { cost, from, kind });
}

/** Two- and three-letter words turn up in every word by chance, six letters hardly do. */
function costOf(letters: number): number {
  if (letters >= 6) return 1.5;
  return letters === 5 ? 2 : 2.5;
}

function readBack(run: string, endings: readonly Ending[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let end = run.length; end > 0; end = endings[end]!.from) {
    const { from, kind } = endings[end]!;
    pieces.push({ text: run.slice(from, end), kind, whole: end - from === run.length });
  }
  return pieces.reverse();
}
