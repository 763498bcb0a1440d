import type { Condition } from '../../policy/policy.ts';
import { MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { inputArtifactOf } from './input-artifact.ts';

/**
 * Whether an entry with this condition applies. An accident of typing counts as corrected, so the entry applies before
 * and after `normalise`.
 */
export function isConditionMet({ spellings, is, isNot, present }: Condition, data: Secret['data']): boolean {
  const key = spellings.find((one) => data.has(one)) ?? '';
  const value = data.get(key);
  const hasValue = value !== undefined && !value.isEmpty;
  if (present !== undefined) return hasValue === present;
  if (is !== undefined) return hasValue && hasText(value, is);
  return !(hasValue && hasText(value, isNot ?? ''));
}

/** Quotes and a newline may stand around the text. */
const MAX_ACCIDENT_BYTES = 64;

function hasText(value: Sensitive, wanted: string): boolean {
  if (value.size > wanted.length * MAX_CHARACTER_BYTES + MAX_ACCIDENT_BYTES) return false;
  const corrected = inputArtifactOf(value, false)?.corrected ?? value;
  return corrected.withPlaintext(({ text }) => text === wanted);
}
