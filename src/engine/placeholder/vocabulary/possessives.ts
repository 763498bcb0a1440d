import { wordSet } from './vocabulary.ts';

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
