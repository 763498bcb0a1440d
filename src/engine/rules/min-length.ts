import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import type { Plaintext } from '../secret/sensitive.ts';
import { realValueFix } from './real-value.ts';
import type { KeyRule, Violation } from './rule.ts';

export const minLength: KeyRule = {
  id: 'min-length',
  meaning:
    'The value has fewer characters than the policy asks for. Fewer than it only recommends are a warning.',
  example: 'a JWT_SECRET of 12 characters where 32 are asked for',
  remediation: 'Set a longer value, e.g. `openssl rand -base64 48`.',
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
  // A character has one to four bytes. Only a size between these bounds needs a count of the characters.
  if (least === undefined || value === undefined || value.isEmpty || value.size >= least * 4) return false;
  return !value.withPlaintext((plain) => hasCharacters(plain, least));
}

/** A character is one UTF-16 unit or two. Only a length between these bounds needs a count of the characters. */
function hasCharacters({ text, bytes }: Plaintext, least: number): boolean {
  if (text === undefined) return bytes.length >= least;
  return text.length >= least * 2 || (text.length >= least && [...text].length >= least);
}
