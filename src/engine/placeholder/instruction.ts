import type { Word } from './words/word.ts';

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
