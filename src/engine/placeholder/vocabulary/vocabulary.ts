import { COMMON } from './common.ts';
import { GLUE, HARD, MARK, SOFT, YOUR } from './english.ts';
import { LATIN } from './latin.ts';
import { OTHER_SCRIPTS } from './other-scripts.ts';
import type { WordLists } from './word-lists.ts';

/** One word, and the kind of evidence that it is. */
type VocabularyEntry = readonly [word: string, kind: WordKind];

export type WordKind = 'mark' | 'hard' | 'soft' | 'your' | 'glue' | 'common';

const SPELLED: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i', æ: 'ae', œ: 'oe' };

/** Lower case, with compatibility forms folded and without diacritics: `Contraseña` and `contrasena` are one word. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return isAscii(lower) ? lower : stripDiacritics(lower);
}

/** Marks are removed first, because ordering a run of them takes quadratic time. */
function stripDiacritics(lower: string): string {
  return lower
    .replace(/\p{M}+/gu, '')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[ßøłđıæœ]/g, (letter) => SPELLED[letter] ?? letter);
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** Letters and digits of a folded text. Most values have nothing else, and one pass shows it. */
export function lettersOf(folded: string): string {
  let isBare = true;
  for (let at = 0; at < folded.length; at++) {
    const code = folded.charCodeAt(at);
    if (code > 127) return folded.replace(/[^\p{L}\p{N}]+/gu, '');
    // 0 to 9 and a to z.
    if (code < 48 || (code > 57 && code < 97) || code > 122) isBare = false;
  }
  return isBare ? folded : folded.replace(/[^a-z0-9]+/g, '');
}

/** The words of one script, by their folded form. */
interface Vocabulary {
  readonly kinds: ReadonlyMap<string, WordKind>;
  /** The stems that begin with the same four letters. */
  readonly stemsByHead: ReadonlyMap<string, readonly string[]>;
}

const HEAD = 4;
/** Four Latin letters begin a random value too often. */
const SHORTEST_LATIN = 5;
/** Longest ending that inflection adds to a stem: `пользоват-елями`. */
const LONGEST_ENDING = 6;

/** Later lists win, so the weaker reading of a word comes first. A weak reading must not hide a strong one. */
const listsOf = ({ glue, your, soft, hard, mark }: Omit<WordLists, 'stems'>) =>
  [
    ['glue', glue],
    ['your', your],
    ['soft', soft],
    ['hard', hard],
    ['mark', mark],
  ] as const;

function vocabularyOf(lists: readonly (readonly [WordKind, string])[], stems: string): Vocabulary {
  const kinds = new Map<string, WordKind>();
  for (const [kind, list] of lists) for (const word of words(list)) kinds.set(word, kind);
  const stemsByHead = new Map<string, string[]>();
  for (const stem of words(stems)) {
    if (isAscii(stem) && stem.length < SHORTEST_LATIN) continue;
    const head = stem.slice(0, HEAD);
    const others = stemsByHead.get(head);
    if (others === undefined) stemsByHead.set(head, [stem]);
    else others.push(stem);
  }
  return { kinds, stemsByHead };
}

const words = (list: string): string[] => list.trim().split(/\s+/);

const latin = vocabularyOf(
  [
    ['common', COMMON],
    ...listsOf(LATIN),
    ...listsOf({ glue: GLUE, your: YOUR, soft: SOFT, hard: HARD, mark: MARK }),
  ],
  LATIN.stems,
);
/** Made for the first text that is not ASCII: folding takes as long as the rest of the start. */
let otherScripts: Vocabulary | undefined;

function vocabularyFor(text: string): Vocabulary {
  if (isAscii(text)) return latin;
  otherScripts ??= vocabularyOf(
    listsOf(OTHER_SCRIPTS).map(([kind, list]) => [kind, fold(list)]),
    fold(OTHER_SCRIPTS.stems),
  );
  return otherScripts;
}

/** The kind of a folded word, by its exact form, its plural, or its stem. */
export function kindOf(word: string): WordKind | undefined {
  return vocabularyFor(word).kinds.get(word) ?? plural(word) ?? inflected(word) ?? withoutDrawl(word);
}

function plural(word: string): WordKind | undefined {
  return word.length > 4 && word.endsWith('s') ? vocabularyFor(word).kinds.get(word.slice(0, -1)) : undefined;
}

function inflected(word: string): WordKind | undefined {
  if (word.length < HEAD) return undefined;
  const head = word.slice(0, HEAD);
  const stems = vocabularyFor(head).stemsByHead.get(head);
  const meant = stems?.some((stem) => word.startsWith(stem) && word.length - stem.length <= LONGEST_ENDING);
  return meant ? 'hard' : undefined;
}

/** `shhhh` and `pleeease`. */
function withoutDrawl(word: string): WordKind | undefined {
  if (!hasTriple(word)) return undefined;
  const short = word.replace(/(.)\1{2,}/gu, '$1');
  return short.length > 3 || /^s+h+$/.test(word) ? vocabularyFor(short).kinds.get(short) : undefined;
}

function hasTriple(word: string): boolean {
  for (let at = 2; at < word.length; at++)
    if (word[at] === word[at - 1] && word[at] === word[at - 2]) return true;
  return false;
}

/** Finds a folded word in a list of words in any script. */
export function wordSet(list: string): (word: string) => boolean {
  const latin = new Set(words(list).filter(isAscii));
  let others: ReadonlySet<string> | undefined;
  return (word) => {
    if (isAscii(word)) return latin.has(word);
    others ??= new Set(words(fold(list)));
    return others.has(word);
  };
}

/** Every word that may be a piece of these joined letters. Words that count only alone are left out. */
export function piecesFor(letters: string): readonly VocabularyEntry[] {
  const all = isAscii(letters) ? latin.kinds : [...latin.kinds, ...vocabularyFor(letters).kinds];
  return [...all].filter(([, kind]) => kind !== 'common');
}
