import { Buffer } from 'node:buffer';
import { classesOf, HALF, isAscii, LETTER, NUMBER } from './characters.ts';
import { COMMON, GLUE, HARD, MARK, SOFT, YOUR } from './english.ts';
import { LATIN } from './latin.ts';
import { readOnce } from './memo.ts';
import { OTHER_SCRIPTS } from './other-scripts.ts';
import { SHORTEST_STEM, type WordKind, type WordLists, WordTrie } from './word-trie.ts';

const SPELLED: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i', æ: 'ae', œ: 'oe' };

/** Lower case, with compatibility forms folded and without diacritics: `Contraseña` and `contrasena` are one word. */
export const fold = (text: string, ascii = isAscii(text)): string =>
  ascii ? text.toLowerCase() : foldOther(text);

const foldOther = readOnce((text) => {
  const lower = text.toLowerCase();
  return asciiWithoutMarks(lower) ?? withoutDiacritics(lower);
});

/** Marks are removed first, because ordering a run of them takes quadratic time. */
function withoutDiacritics(lower: string): string {
  const bare = lower.replace(/\p{M}+/gu, '');
  // The other steps change no ASCII text.
  if (isAscii(bare)) return bare;
  return bare
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[ßøłđıæœ]/g, (letter) => SPELLED[letter] ?? letter);
}

/** Letters and digits of a folded text. Most values have nothing else, and one pass shows it. */
export function lettersOf(folded: string): string {
  let isBare = true;
  for (let at = 0; at < folded.length; at++) {
    const code = folded.charCodeAt(at);
    if (code > 127) return lettersInAnyScript(folded);
    if (!isSmallOrDigit(code)) isBare = false;
  }
  return isBare ? folded : asciiLetters(folded);
}

const isSmallOrDigit = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57);

function lettersInAnyScript(text: string): string {
  const pieces: string[] = [];
  let from = -1;
  for (let at = 0; at < text.length; at++) {
    const classes = classesOf(text.charCodeAt(at));
    if ((classes & HALF) !== 0) return text.replace(/[^\p{L}\p{N}]+/gu, '');
    if ((classes & (LETTER | NUMBER)) !== 0) {
      if (from < 0) from = at;
    } else if (from >= 0) {
      pieces.push(text.slice(from, at));
      from = -1;
    }
  }
  if (from >= 0) pieces.push(text.slice(from));
  return pieces.join('');
}

/** Bytes of one text that is made now. A longer text is rare. */
const scratch = Buffer.allocUnsafeSlow(4096);

/** The ASCII characters of a text that has no other ones but common marks. Undefined for another text. */
function asciiWithoutMarks(text: string): string | undefined {
  if (text.length > scratch.length) return undefined;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 128) scratch[length++] = code;
    else if (code < FIRST_MARK || code > LAST_MARK) return undefined;
  }
  return scratch.toString('latin1', 0, length);
}
/** Combining Diacritical Marks: all that other letters than those of Asia take. */
const FIRST_MARK = 0x0300;
const LAST_MARK = 0x036f;

function asciiLetters(text: string): string {
  if (text.length > scratch.length) return text.replace(/[^a-z0-9]+/g, '');
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isSmallOrDigit(code)) scratch[length++] = code;
  }
  return scratch.toString('latin1', 0, length);
}

/** Four Latin letters begin a random value too often. */
const SHORTEST_LATIN_STEM = 5;

/** Later lists win, so the weaker reading of a word comes first. A weak reading must not hide a strong one. */
const listsOf = ({ glue, your, soft, hard, mark }: Omit<WordLists, 'stems'>) =>
  [
    ['glue', glue],
    ['your', your],
    ['soft', soft],
    ['hard', hard],
    ['mark', mark],
  ] as const;

/**
 * The short words that joined letters may be cut into. With all short words of the vocabulary, `shame` would be `sha`
 * and `me`.
 */
const SHORT_PIECES = new Set([
  ...'a me my is to in db it at of pw tu mi ky'.split(' '),
  ...'the for not use key api jwt app dev set put add new env pwd sql aws any our min'.split(' '),
  ...'tua sua foo bar baz'.split(' '),
]);
const MIN_LATIN_PIECE = 4;

/** Words of the kind `common` count only alone. */
const isPiece = (word: string, kind: WordKind): boolean =>
  kind !== 'common' && (word.length >= MIN_LATIN_PIECE || SHORT_PIECES.has(word) || !isAscii(word));

function trieOf(lists: readonly (readonly [WordKind, string])[], stems: string): WordTrie {
  const letters = lists.reduce((sum, [, list]) => sum + list.length, stems.length);
  const trie = new WordTrie(letters);
  for (const [kind, list] of lists)
    for (const word of words(list)) if (word !== '') trie.add(word, kind, isPiece(word, kind));
  for (const stem of words(stems))
    if (stem.length >= (isAscii(stem) ? SHORTEST_LATIN_STEM : SHORTEST_STEM)) trie.addStem(stem);
  return trie.close();
}

const words = (list: string): string[] => list.trim().split(/\s+/);

/** Each is made for the first text that needs it. Folding the other scripts takes as long as the rest of the start. */
let latin: WordTrie | undefined;
let otherScripts: WordTrie | undefined;

export function latinWords(): WordTrie {
  latin ??= readLatinWords();
  return latin;
}

const readLatinWords = (): WordTrie =>
  trieOf(
    [
      ['common', COMMON],
      ...listsOf(LATIN),
      ...listsOf({ glue: GLUE, your: YOUR, soft: SOFT, hard: HARD, mark: MARK }),
    ],
    LATIN.stems,
  );

export function wordsOfOtherScripts(): WordTrie {
  otherScripts ??= trieOf(
    listsOf(OTHER_SCRIPTS).map(([kind, list]) => [kind, fold(list)]),
    fold(OTHER_SCRIPTS.stems),
  );
  return otherScripts;
}

const vocabularyFor = (text: string): WordTrie => (isAscii(text) ? latinWords() : wordsOfOtherScripts());

/** The kind of a folded word, by its exact form, its plural, or its stem. */
export function kindOf(word: string, ascii = isAscii(word)): WordKind | undefined {
  const kind = ascii ? latinWords().kindOfForm(word) : kindInOtherScript(word);
  return kind ?? (hasTriple(word) ? withoutDrawl(word) : undefined);
}

/** The first letters of a word in another script may be Latin ones. */
function kindInOtherScript(word: string): WordKind | undefined {
  const kind = wordsOfOtherScripts().kindOf(word);
  if (kind !== undefined || word.length < SHORTEST_STEM) return kind;
  return vocabularyFor(word.slice(0, SHORTEST_STEM)).isInflected(word) ? 'hard' : undefined;
}

/** `shhhh` and `pleeease`. */
function withoutDrawl(word: string): WordKind | undefined {
  const short = word.replace(/(.)\1{2,}/gu, '$1');
  return short.length > 3 || /^s+h+$/.test(word) ? vocabularyFor(short).kindOfExact(short) : undefined;
}

function hasTriple(word: string): boolean {
  for (let at = 2; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if (code === word.charCodeAt(at - 1) && code === word.charCodeAt(at - 2)) return true;
  }
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

/**
 * "Your" in many languages: the owner of a value that a person fills in (`your-user`, `votre-cle`). None is a word of a
 * host name or of a technical term.
 */
export const isPossessive = wordSet(
  'your yours votre deine deinen ihre ihren jouw twoj twoja twoje tvoje sizin kamu ваш ваша ваше ваши твой твоя твоє 你的 您的 あなたの 당신의',
);

/**
 * "Your" where the same letters are a name, an abbreviation or an English word. It counts if only known nouns follow:
 * `su-clave` does, and `tu-berlin` is a name.
 */
export const isSharedPossessive = wordSet(
  'tu tus su sus tua tuas teu sua suas seu seus vos dein ihr uw anda senin tuo suo',
);
