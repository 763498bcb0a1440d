import { Buffer } from 'node:buffer';
import { isSensitiveKey } from '../../../secret/key-names/sensitive-keys.ts';
import { placeOfFix } from '../../../secret/owners.ts';
import type { Plaintext, Sensitive } from '../../../secret/sensitive.ts';
import { classifyPlaceholder } from '../../../value/placeholder/classify.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import type { ValueRule, Violation } from '../rule.ts';

/** Without tabs, line feeds and the like. */
const CONTROL_CHARACTER = /[\0-\x08\x0e-\x1f\x7f]/;

export const plainTextInData: ValueRule = {
  id: 'plain-text-in-data',
  meaning:
    'Plain text was put under `data`, where base64 belongs, and by chance is valid base64: the stored value is a few binary bytes.',
  example: 'data: {password: password}',
  remediation: 'Put plain text under `stringData`, or encode it.',
  final: true,
  check: isUndecodedWord,
};

/** Longer words are rarely base64 by chance. More bytes than this make a real binary key (AES-256). */
const MAX_WORD_BYTES = 31;
/** A hexadecimal key of 64 bytes has 128 digits, which are 96 bytes if they are read as base64. */
const MAX_BYTES = 96;

/** Base64 of random bytes has 16 such digits in a row once in 10^9 times. */
const HEXADECIMAL = /^(?:[0-9a-f]{16,}|[0-9A-F]{16,})$/;

const isReadable = ({ text }: Plaintext): boolean => text !== undefined && !CONTROL_CHARACTER.test(text);

function isUndecodedWord(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (value.size > MAX_BYTES || value.withPlaintext(isReadable)) return undefined;
  const role = entry === evaluation.defaultEntry?.entry && !isSensitiveKey(key) ? 'configuration' : 'secret';
  const isWord = value.withPlaintext(({ bytes }) => {
    const typed = Buffer.from(bytes).toString('base64').replace(/=+$/, '');
    if (role === 'secret' && HEXADECIMAL.test(typed)) return true;
    return bytes.length <= MAX_WORD_BYTES && classifyPlaceholder(typed, { role, key }) !== undefined;
  });
  if (!isWord) return undefined;
  const place = placeOfFix(evaluation.request.secret);
  return {
    key,
    message: 'is plain text under data, which was read as base64',
    fix: place === '' ? 'put plain text under stringData' : `set the text itself${place}`,
  };
}
