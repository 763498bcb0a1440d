import type { Case, Governed } from '../case.ts';
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
  const count = value.look(({ text, bytes }) => (text === undefined ? bytes.length : [...text].length));
  if (count >= entry.minLength) return undefined;
  return {
    key,
    message: `is shorter than ${entry.minLength} characters`,
    fix: `set a longer value${generator(entry, ', e.g. ')}`,
  };
}
