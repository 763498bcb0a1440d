import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { hasCharacters, MAX_CHARACTER_BYTES } from '../secret/characters.ts';
import { realValueFix } from './real-value.ts';
import type { KeyRule, Violation } from './rule.ts';

export const minLength: KeyRule = {
  id: 'min-length',
  meaning:
    'The value has fewer characters than the policy asks for. Fewer than it only recommends are a warning.',
  example: 'a JWT_SECRET of 12 characters where 32 are asked for',
  remediation: 'Set a longer value, e.g. `openssl rand -base64 48`.',
  concerns: ({ entry }) => entry.minLength !== undefined || entry.recommendedLength !== undefined,
  check: lacksCharacters,
};

function lacksCharacters(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const { key, entry } = managedKey;
  const violation = (least: number | undefined): Violation => ({
    key,
    message: `is shorter than ${least} characters`,
    fix: realValueFix(evaluation, managedKey, 'set a longer value'),
  });
  if (isTooShort(evaluation, managedKey)) return violation(entry.minLength);
  return isShorter(evaluation, key, entry.recommendedLength)
    ? { ...violation(entry.recommendedLength), maxAction: 'Warn' }
    : undefined;
}

/** The value has fewer characters than `minLength`. */
export const isTooShort = (evaluation: Evaluation, { key, entry }: ManagedKey): boolean =>
  isShorter(evaluation, key, entry.minLength);

function isShorter({ data }: Evaluation, key: string, least: number | undefined): boolean {
  const value = data.get(key);
  // Only a size below this bound needs a count of the characters.
  if (least === undefined || value === undefined || value.isEmpty) return false;
  if (value.size >= least * MAX_CHARACTER_BYTES) return false;
  return !value.withPlaintext((plain) => hasCharacters(plain, least));
}
