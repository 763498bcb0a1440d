import { saslprep } from '@mongodb-js/saslprep';
import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { isBoundTo } from '../../derivation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { realValueFix } from '../real-value.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const unstableUnicode: ValueRule = {
  id: 'unstable-unicode',
  meaning:
    'SASLprep (RFC 4013) changes or forbids a character of the password. Some drivers apply it and some do not, so some of them cannot log in.',
  example: 'a password with a soft hyphen, a no-break space or a combining accent',
  remediation: 'Use ASCII characters only.',
  final: true,
  check: (evaluation: Evaluation, { key, entry }: ManagedKey, value: Sensitive): Violation | undefined =>
    isPassword(evaluation, key, value, isUnstable)
      ? {
          key,
          message: 'holds characters that some drivers send differently',
          fix: realValueFix(evaluation, { key, entry }, 'use ASCII characters only'),
        }
      : undefined,
};

export const nonAscii: ValueRule = {
  id: 'non-ascii',
  meaning: 'A password has characters outside ASCII. It works only while every program reads it as UTF-8.',
  example: 'pässwörd-…',
  remediation: 'Use ASCII characters only.',
  maxAction: 'Warn',
  check: (evaluation: Evaluation, { key }: ManagedKey, value: Sensitive): Violation | undefined =>
    isPassword(evaluation, key, value, isNonAscii)
      ? {
          key,
          message: 'holds characters outside ASCII',
          fix: `use ASCII characters only${placeOfFix(evaluation.request.secret)}`,
        }
      : undefined,
};

function isPassword(
  evaluation: Evaluation,
  key: string,
  value: Sensitive,
  isTrue: (text: string) => boolean,
): boolean {
  if (value.size > MAX_TEXT_BYTES || !isBoundTo(evaluation, key, 'password')) return false;
  return value.withPlaintext(({ text }) => text !== undefined && isTrue(text));
}

const isNonAscii = (text: string): boolean => /[^\0-\x7f]/.test(text);

/**
 * No text has a longer run of marks (UAX 15, Stream-Safe Text Format). Sorting thousands of them takes quadratic time.
 */
const MANY_MARKS = /\p{M}{31}/u;

function isUnstable(text: string): boolean {
  if (!isNonAscii(text)) return false;
  if (MANY_MARKS.test(text)) return true;
  try {
    return saslprep(text) !== text;
  } catch {
    return true;
  }
}
