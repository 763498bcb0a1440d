import { isAscii, latinWords, wordSet } from './vocabulary.ts';
import { WordTrie } from './word-trie.ts';

/**
 * "Your" in many languages: the owner of a value that a person fills in (`your-user`, `votre-cle`). None is a word of a
 * host name or of a technical term.
 */
const POSSESSIVES =
  'your yours votre deine deinen ihre ihren jouw twoj twoja twoje tvoje sizin kamu ваш ваша ваше ваши твой твоя твоє 你的 您的 あなたの 당신의';
export const isPossessive = wordSet(POSSESSIVES);

/**
 * "Your" where the same letters are a name, an abbreviation or an English word. It counts if only known nouns follow:
 * `su-clave` does, and `tu-berlin` is a name.
 */
const SHARED_POSSESSIVES = 'tu tus su sus tua tuas teu sua suas seu seus vos dein ihr uw anda senin tuo suo';
export const isSharedPossessive = wordSet(SHARED_POSSESSIVES);

let latinPossessives: WordTrie | undefined;

/**
 * False if these ASCII letters are no possessive and no imperative that asks to be replaced. It reads them where they
 * stand, and nearly every word ends here.
 */
export function mayBeginAnnouncement(text: string, from: number, to: number): boolean {
  if (latinPossessives === undefined) {
    const words = `${POSSESSIVES} ${SHARED_POSSESSIVES}`.split(' ').filter(isAscii);
    latinPossessives = new WordTrie(words.join('').length + 1);
    for (const word of words) latinPossessives.add(word, 'your', false);
  }
  return (
    latinWords().kindOfLetters(text, from, to) === 'mark' ||
    latinPossessives.kindOfLetters(text, from, to) !== undefined ||
    hasTriple(text, from, to)
  );
}

/** A drawl, whose short form may be such a word. */
function hasTriple(text: string, from: number, to: number): boolean {
  for (let at = from + 2; at < to; at++) {
    const letter = text.charCodeAt(at) | 32;
    if (letter === (text.charCodeAt(at - 1) | 32) && letter === (text.charCodeAt(at - 2) | 32)) return true;
  }
  return false;
}
