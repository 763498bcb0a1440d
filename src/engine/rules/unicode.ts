import { saslprep } from '@mongodb-js/saslprep';
import { isBoundTo, LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';
import { generator } from './suggest.ts';

export const unstableUnicode: KeyRule = {
  id: 'unstable-unicode',
  meaning:
    'SASLprep (RFC 4013) changes or forbids a character of the password: some drivers apply it and some do not, so that some can not log in.',
  example: 'a password with a soft hyphen, a no-break space or a combining accent',
  mend: 'Use ASCII characters only.',
  final: true,
  check: (aCase: Case, { key, entry }: Governed): Complaint | undefined =>
    isPassword(aCase, key, isUnstable)
      ? {
          key,
          message: 'holds characters that some drivers send differently',
          fix: `use ASCII characters only${generator(entry, ', e.g. ')}`,
        }
      : undefined,
};

export const nonAscii: KeyRule = {
  id: 'non-ascii',
  meaning:
    'A password has characters outside ASCII: right if every program reads it as UTF-8, and a source of faults where one does not.',
  example: 'pässwörd-…',
  mend: 'Use ASCII characters only.',
  atMost: 'Warn',
  check: (aCase: Case, { key }: Governed): Complaint | undefined =>
    isPassword(aCase, key, isNonAscii)
      ? { key, message: 'holds characters outside ASCII', fix: 'use ASCII characters only' }
      : undefined,
};

function isPassword(aCase: Case, key: string, isTrue: (text: string) => boolean): boolean {
  const value = aCase.data.get(key);
  if (value === undefined || value.size > LONGEST_TEXT || !isBoundTo(aCase, key, 'password')) return false;
  return value.look(({ text }) => text !== undefined && isTrue(text));
}

const isNonAscii = (text: string): boolean => /[^\0-\x7f]/.test(text);

/** No text has more in turn (UAX 15, Stream-Safe Text Format), and to put thousands of them in order takes quadratic time. */
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
