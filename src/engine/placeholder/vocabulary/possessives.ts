import { fold } from './vocabulary.ts';

const set = (words: string): ReadonlySet<string> => new Set(fold(words).trim().split(/\s+/));

/** "Your" in other languages. None is a word of a host name or of a technical term. */
const CLEAR = set(
  'your yours votre deine deinen ihre ihren jouw twoj twoja twoje tvoje sizin kamu ваш ваша ваше ваши твой твоя твоє 你的 您的 あなたの 당신의',
);

/** "Your" where the same letters are a name, an abbreviation or an English word. */
const SHARED = set('tu tus su sus tua tuas teu sua suas seu seus vos dein ihr uw anda senin tuo suo');

/** The owner of a value that a person fills in: `your-user`, `votre-cle`. */
export const isPossessive = (word: string): boolean => CLEAR.has(word);

/** The same, if only known nouns follow: `su-clave`. `tu-berlin` is a name. */
export const isSharedPossessive = (word: string): boolean => SHARED.has(word);
