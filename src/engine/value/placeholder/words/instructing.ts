import { wordSet } from '../vocabulary/vocabulary.ts';
import { scoreWords } from './score.ts';
import type { Word } from './tokens.ts';

const list = (words: string): readonly string[] => words.split(' ');

const VERBS = list(
  'change replace insert enter put fill set add paste copy generate provide update edit configure override rotate use',
);
const IMPERATIVES = new Set([...VERBS, ...VERBS.map((verb) => `${verb}d`)]);
const BEHIND_VERB = new Set(
  list('me this it your here in with by via on before after using immediately asap now later please'),
);
const BEHIND_DO_NOT = new Set(['use', 'commit']);
const MINIMUM = new Set(['min', 'minimum']);
const ALPHABETS = new Set(['random', 'hex', 'ascii']);
const UNITS = new Set(list('char character byte bit chars characters bytes bits'));
const OWNERS = new Set(['your', 'my', 'some']);

const isNumber = (text: string | undefined): boolean => text !== undefined && /^\d+$/.test(text);

/** The text asks a person to do something with the value: `change it`, `do not use`, `at least 32 characters`. */
export function isInstruction(words: readonly Word[]): boolean {
  // `your database password here`
  if (words.length > 2 && OWNERS.has(words[0]!.text) && words.at(-1)!.text === 'here') return true;
  // Each of the others has at least two words.
  for (let at = 0; at + 1 < words.length; at++) if (instructsAt(words, at)) return true;
  return false;
}

function instructsAt(words: readonly Word[], at: number): boolean {
  const { text } = words[at]!;
  const next = words[at + 1]!.text;
  const third = words[at + 2]?.text;
  if (UNITS.has(next)) return isNumber(text);
  if (IMPERATIVES.has(text) && BEHIND_VERB.has(next)) return true;
  if (text === 'do') return next === 'not' && BEHIND_DO_NOT.has(third ?? '');
  // A number alone at the end tells no length.
  if (MINIMUM.has(text)) return third !== undefined && isNumber(next);
  if (text === 'at') return next === 'least' && isNumber(third) && at + 3 < words.length;
  return ALPHABETS.has(next) && UNITS.has(third ?? '') && isNumber(text);
}

/**
 * A name is a placeholder only if it asks to be replaced: `your-user`, `replace-with-host`, `<…>`. `postgres`, `test`
 * and `my-app` are names.
 */
export function isNamePlaceholder(words: readonly Word[]): boolean {
  if (words.length === 1) return isMarkOfPlaceholders(words[0]!);
  const score = scoreWords(words);
  if (score.unknown + score.common > 1) return false;
  if (score.words > 1 && score.unknown === 0 && words.at(-1)!.text === 'name') return true;
  if (words.some(isMarkOfPlaceholders)) return true;
  return isPossessive(words[0]?.text ?? '') ? score.words > 1 : isInstruction(words);
}

const isMarkOfPlaceholders = ({ text, kind }: Word): boolean =>
  kind === 'mark' && !MARKS_THAT_ARE_NAMES.has(text);

/** Marks that are names as well: a to-do application's database, a language's word for an example. */
const MARKS_THAT_ARE_NAMES = new Set([
  'todo',
  'todos',
  'foobar',
  'lorem',
  'ipsum',
  'doi',
  'isi',
  'add',
  'thay',
  'unsafe',
  'insecure',
  'undefined',
  'unset',
]);
const isPossessive = wordSet(
  [
    'your yours tu su tua sua seu votre dein deine ihr ihre jouw twoj twoja twoje tvoje vase anda',
    'ваш ваше ваша 你的 您的 あなたの 당신의',
  ].join(' '),
);
