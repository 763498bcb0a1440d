import { Buffer } from 'node:buffer';
import { LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { accidentIn } from '../evaluation/normalise.ts';
import { readConnection } from '../uri/read.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const doubleBase64: KeyRule = {
  id: 'double-base64',
  meaning: 'The value was encoded twice: the program gets base64 text where it expects a URL or a name.',
  example: 'stringData: {DATABASE_URL: cG9zdGdyZXNxbDovLy4uLg==}',
  mend: 'Put base64 under `data` and plain text under `stringData`. lockstep decodes a derived URL at admission.',
  final: true,
  check: isEncodedTwice,
};

/** Only where the decoded text shows that it was meant: base64 of random text is a good password. */
function isEncodedTwice(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty || value.size > LONGEST_TEXT || entry === aCase.unnamed?.entry)
    return undefined;
  const complaint = {
    key,
    message: 'is base64 inside base64',
    fix: 'encode it once: plain text belongs under stringData',
  };
  if (entry.derive !== undefined)
    return accidentIn(value, true)?.rule === 'double-base64' ? complaint : undefined;
  const isUrl = value.look(({ text }) => {
    if (text === undefined || text.length < 16 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
    const decoded = Buffer.from(text, 'base64');
    return decoded.includes('://') && readConnection(decoded.toString('utf8').trim()) !== undefined;
  });
  return isUrl ? complaint : undefined;
}
