import { COMMON } from './common.ts';
import { GLUE, HARD, MARK, SOFT, YOUR } from './english.ts';
import {
  FOREIGN_GLUE,
  FOREIGN_MARKS,
  FOREIGN_NOUNS,
  FOREIGN_SOFT,
  FOREIGN_YOUR,
  STEMS,
} from './languages.ts';

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

/** Used only at start. There, checking each letter of a list takes longer than folding it. */
const words = (list: string): string[] => stripDiacritics(list.toLowerCase()).trim().split(/\s+/);

const VOCABULARY = new Map<string, WordKind>();
const STEMS_BY_HEAD = new Map<string, string[]>();
const HEAD = 4;
/** Four Latin letters begin a random value too often. */
const SHORTEST_LATIN = 5;
/** Longest ending that inflection adds to a stem: `пользоват-елями`. */
const LONGEST_ENDING = 6;

// Later lists win, so the weaker reading of a word comes first. A weak reading must not hide a strong one.
const LISTS: readonly (readonly [WordKind, string])[] = [
  ['common', COMMON],
  ['glue', FOREIGN_GLUE],
  ['your', FOREIGN_YOUR],
  ['soft', FOREIGN_SOFT],
  ['hard', FOREIGN_NOUNS],
  ['mark', FOREIGN_MARKS],
  ['glue', GLUE],
  ['your', YOUR],
  ['soft', SOFT],
  ['hard', HARD],
  ['mark', MARK],
];

for (const [kind, list] of LISTS) for (const word of words(list)) VOCABULARY.set(word, kind);
for (const stem of words(STEMS)) {
  if (isAscii(stem) && stem.length < SHORTEST_LATIN) continue;
  const head = stem.slice(0, HEAD);
  STEMS_BY_HEAD.set(head, [...(STEMS_BY_HEAD.get(head) ?? []), stem]);
}

/** The kind of a folded word, by its exact form, its plural, or its stem. */
export function kindOf(word: string): WordKind | undefined {
  return VOCABULARY.get(word) ?? plural(word) ?? inflected(word) ?? withoutDrawl(word);
}

function plural(word: string): WordKind | undefined {
  return word.length > 4 && word.endsWith('s') ? VOCABULARY.get(word.slice(0, -1)) : undefined;
}

function inflected(word: string): WordKind | undefined {
  if (word.length < HEAD) return undefined;
  const stems = STEMS_BY_HEAD.get(word.slice(0, HEAD));
  const meant = stems?.some((stem) => word.startsWith(stem) && word.length - stem.length <= LONGEST_ENDING);
  return meant ? 'hard' : undefined;
}

/** `shhhh` and `pleeease`. */
function withoutDrawl(word: string): WordKind | undefined {
  if (!hasTriple(word)) return undefined;
  const short = word.replace(/(.)\1{2,}/gu, '$1');
  return short.length > 3 || /^s+h+$/.test(word) ? VOCABULARY.get(short) : undefined;
}

function hasTriple(word: string): boolean {
  for (let at = 2; at < word.length; at++)
    if (word[at] === word[at - 1] && word[at] === word[at - 2]) return true;
  return false;
}

/** Every word that may be a piece of joined letters. Words that count only alone are left out. */
export function pieces(): readonly VocabularyEntry[] {
  return [...VOCABULARY].filter(([, kind]) => kind !== 'common');
}
