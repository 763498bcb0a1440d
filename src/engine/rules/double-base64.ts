import { Buffer } from 'node:buffer';
import { MAX_TEXT_BYTES } from '../evaluation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { inputArtifactOf } from '../evaluation/input-artifact.ts';
import { readConnection } from '../uri/read.ts';
import type { KeyRule, Violation } from './rule.ts';

export const doubleBase64: KeyRule = {
  id: 'double-base64',
  meaning: 'The value was encoded twice: the program gets base64 text where it expects a URL or a name.',
  example: 'stringData: {DATABASE_URL: cG9zdGdyZXNxbDovLy4uLg==}',
  remediation:
    'Put base64 under `data` and plain text under `stringData`. lockstep decodes a derived URL at admission.',
  final: true,
  check: isEncodedTwice,
};

/** Reports only a value whose decoded text shows the mistake: base64 of random text is a good password. */
function isEncodedTwice(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const value = evaluation.data.get(key);
  if (
    value === undefined ||
    value.isEmpty ||
    value.size > MAX_TEXT_BYTES ||
    entry === evaluation.defaultEntry?.entry
  )
    return undefined;
  const violation = {
    key,
    message: 'is base64 inside base64',
    fix: 'encode it once: plain text belongs under stringData',
  };
  if (entry.derive !== undefined)
    return inputArtifactOf(value, true)?.rule === 'double-base64' ? violation : undefined;
  const isUrl = value.withPlaintext(({ text }) => {
    if (text === undefined || text.length < 16 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return false;
    const decoded = Buffer.from(text, 'base64');
    return decoded.includes('://') && readConnection(decoded.toString('utf8').trim()) !== undefined;
  });
  return isUrl ? violation : undefined;
}
