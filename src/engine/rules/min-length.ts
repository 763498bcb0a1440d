import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import type { Plaintext } from '../secret/sensitive.ts';
import type { KeyRule, Violation } from './rule.ts';
import { suggestCommand } from './suggest.ts';

export const minLength: KeyRule = {
  id: 'min-length',
  meaning: 'The value has fewer characters than the policy asks for.',
  example: 'a JWT_SECRET of 12 characters where 32 are asked for',
  remediation: 'Set a longer value, e.g. `openssl rand -base64 48`.',
  check: isTooShort,
};

export function isTooShort(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const value = evaluation.data.get(key);
  // A character has one to four bytes. Only a size between these bounds needs a count of the characters.
  if (
    entry.minLength === undefined ||
    value === undefined ||
    value.isEmpty ||
    value.size >= entry.minLength * 4
  )
    return undefined;
  if (value.withPlaintext((plain) => hasCharacters(plain, entry.minLength ?? 0))) return undefined;
  return {
    key,
    message: `is shorter than ${entry.minLength} characters`,
    fix: `set a longer value${suggestCommand(entry, ', e.g. ')}`,
  };
}

/** A character is one UTF-16 unit or two. Only a length between these bounds needs a count of the characters. */
function hasCharacters({ text, bytes }: Plaintext, least: number): boolean {
  if (text === undefined) return bytes.length >= least;
  return text.length >= least * 2 || (text.length >= least && [...text].length >= least);
}
