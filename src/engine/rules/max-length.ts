import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { hasCharacters } from '../secret/characters.ts';
import { placeOfFix } from '../secret/owners.ts';
import type { KeyRule, Violation } from './rule.ts';

export const maxLength: KeyRule = {
  id: 'max-length',
  meaning: 'The value has more characters than the policy allows: a program or a column would cut it off.',
  example: 'a PASSWORD of 80 characters where 72 are allowed, as bcrypt reads no more',
  remediation: 'Set a shorter value.',
  concerns: ({ entry }) => entry.maxLength !== undefined,
  check: hasTooManyCharacters,
};

function hasTooManyCharacters(
  { data, request }: Evaluation,
  { key, entry }: ManagedKey,
): Violation | undefined {
  const most = entry.maxLength;
  if (most === undefined) return undefined;
  const value = data.get(key);
  // No value has more characters than bytes.
  if (value === undefined || value.size <= most) return undefined;
  if (!value.withPlaintext((plain) => hasCharacters(plain, most + 1))) return undefined;
  return {
    key,
    message: `is longer than ${most} characters`,
    fix: `set a shorter value${placeOfFix(request.secret)}`,
  };
}
