import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Plain } from '../secret/sensitive.ts';
import type { Complaint, KeyRule } from './rule.ts';
import { generator } from './suggest.ts';

export const minLength: KeyRule = {
  id: 'min-length',
  meaning: 'The value has fewer characters than the policy asks for.',
  example: 'a JWT_SECRET of 12 characters where 32 are asked for',
  mend: 'Set a longer value, e.g. `openssl rand -base64 48`.',
  check: isTooShort,
};

export function isTooShort(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  // A character is at least one byte and at most four: only in between must they be counted.
  if (
    entry.minLength === undefined ||
    value === undefined ||
    value.isEmpty ||
    value.size >= entry.minLength * 4
  )
    return undefined;
  if (value.look((plain) => hasCharacters(plain, entry.minLength ?? 0))) return undefined;
  return {
    key,
    message: `is shorter than ${entry.minLength} characters`,
    fix: `set a longer value${generator(entry, ', e.g. ')}`,
  };
}

/** A character is one UTF-16 unit or two: only in between must they be counted. */
function hasCharacters({ text, bytes }: Plain, least: number): boolean {
  if (text === undefined) return bytes.length >= least;
  return text.length >= least * 2 || (text.length >= least && [...text].length >= least);
}
