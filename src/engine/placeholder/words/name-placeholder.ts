import { isInstruction } from '../instruction.ts';
import { wordSet } from '../vocabulary/vocabulary.ts';
import { scoreWords } from './score.ts';
import type { Word } from './word.ts';

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
