import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { factsByKey } from '../../evaluation/facts-by-key.ts';
import { type PatternText, patternOf } from '../../policy/pattern.ts';
import { hasCharacters, MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { KeyRule, Violation } from '../rule.ts';

export const pattern: KeyRule = {
  id: 'pattern',
  meaning:
    'The value does not match the regular expression of the policy, is too long for it, or is not text. The finding shows the expression only if the key is not sensitive.',
  example: 'REGION: Frankfurt where ^[a-z]{2}-[a-z]+-[0-9]$ is asked for',
  remediation: 'Set a value that matches `pattern` in the policy.',
  concerns: ({ entry }) => entry.pattern !== undefined,
  check: hasNoMatch,
};

function hasNoMatch(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const wanted = entry.pattern;
  if (wanted === undefined) return undefined;
  const value = evaluation.data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  const message = fault(evaluation, key, () => faultOf(value, wanted, entry.sensitive === false));
  if (message === undefined) return undefined;
  const place = placeOfFix(evaluation.request.secret);
  return { key, message, fix: `set a value that matches it${place}` };
}

/** Several steps of a review ask for it, and it is the most expensive check of a value. */
const fault = factsByKey<string | undefined>();

function faultOf(value: Sensitive, wanted: PatternText, isShown: boolean): string | undefined {
  const { maxCharacters, matches } = patternOf(wanted);
  const text = isShown ? `the pattern "${wanted.text}"` : 'the pattern of the policy';
  const tooLong = `is too long for ${text}, which is asked of at most ${maxCharacters} characters`;
  if (value.size > maxCharacters * MAX_CHARACTER_BYTES) return tooLong;
  return value.withPlaintext((plain) => {
    if (hasCharacters(plain, maxCharacters + 1)) return tooLong;
    return plain.text !== undefined && matches(plain.text) ? undefined : `does not match ${text}`;
  });
}
