import { Buffer } from 'node:buffer';

import type { Case, Governed } from '../evaluation/evaluation.ts';
import { judgePlaceholder } from '../placeholder/classify.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const plainTextInData: KeyRule = {
  id: 'plain-text-in-data',
  meaning:
    'Plain text was put under `data`, where base64 belongs, and by chance is valid base64: the stored value is a few binary bytes.',
  example: 'data: {password: password}',
  mend: 'Put plain text under `stringData`, or encode it.',
  final: true,
  check: isUndecodedWord,
};

/** Longer text is hardly base64 by chance, and more bytes than this make a real binary key (AES-256). */
const MOST_BYTES = 31;

function isUndecodedWord(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty || value.size > MOST_BYTES) return undefined;
  if (entry === aCase.unnamed?.entry && !isSensitiveKey(key)) return undefined;
  const isWord = value.look(({ text, bytes }) => {
    const readable = text !== undefined && !/[\0-\x08\x0e-\x1f\x7f]/.test(text);
    if (readable) return false;
    const typed = Buffer.from(bytes).toString('base64').replace(/=+$/, '');
    return judgePlaceholder(typed, { role: 'secret', key }) !== undefined;
  });
  return isWord
    ? {
        key,
        message: 'is plain text under data, which was read as base64',
        fix: 'put plain text under stringData',
      }
    : undefined;
}
