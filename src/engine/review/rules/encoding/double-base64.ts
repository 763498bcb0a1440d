import { Buffer } from 'node:buffer';
import { isSensitiveKey } from '../../../secret/key-names/sensitive-keys.ts';
import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { mayHoldText } from '../../../value/placeholder/encoded.ts';
import { isRandomLooking } from '../../../value/placeholder/words/tokens.ts';
import { readsLikeText } from '../../../value/placeholder/words/words.ts';
import { readConnection } from '../../../value/uri/read.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { inputArtifactOf, MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const doubleBase64: ValueRule = {
  id: 'double-base64',
  meaning: 'The value was encoded twice: the program gets base64 text where it expects a URL or a password.',
  example: 'stringData: {DATABASE_URL: cG9zdGdyZXNxbDovLy4uLg==}',
  remediation:
    'Put base64 under `data` and plain text under `stringData`. lockstep decodes a derived URL at admission.',
  final: true,
  check: isEncodedTwice,
};

/** Reports only a value whose decoded text shows the mistake: base64 of random bytes is a good password. */
function isEncodedTwice(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (value.size > MAX_TEXT_BYTES) return undefined;
  if (entry.derive !== undefined)
    return inputArtifactOf(value, true)?.rule === 'double-base64' ? violationFor(evaluation, key) : undefined;
  const isNamed = entry !== evaluation.defaultEntry?.entry;
  const mayBePassword = entry.sensitive === true || (isSensitiveKey(key) && !BASE64_BY_NAME.test(key));
  const found = value.withPlaintext(({ text }) => {
    if (text === undefined || text.length < 16 || !BASE64_LINE.test(text)) return false;
    const decoded = decodedText(text.trimEnd());
    if (decoded === undefined) return false;
    if (decoded.includes('://')) return isNamed && readConnection(decoded) !== undefined;
    return mayBePassword && isPassword(decoded);
  });
  return found ? violationFor(evaluation, key) : undefined;
}

const BASE64_LINE = /^[A-Za-z0-9+/]+={0,2}\n?$/;

const violationFor = ({ request }: Evaluation, key: string): Violation => ({
  key,
  message: 'is base64 inside base64',
  fix: `encode it once${placeOfFix(request.secret) || ': plain text belongs under stringData'}`,
});

/** The name says that the program decodes the value. */
const BASE64_BY_NAME = /b64|base64|encoded|basic/i;
/** A longer text is a file. */
const MAX_PASSWORD_LENGTH = 72;

/** The text inside a value that `base64` wrote, without the newline of `echo`. */
function decodedText(text: string): string | undefined {
  if (text.length % 4 !== 0 || !mayHoldText(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return undefined;
  const decoded = bytes.toString('utf8').trim();
  return decoded.includes('\ufffd') ? undefined : decoded;
}

/**
 * Printable ASCII that random bytes are less than once in a million times. A short text may have few signs between
 * letters and digits. JSON and `user:password` are encoded on purpose.
 */
function isPassword(text: string): boolean {
  if (text.length > MAX_PASSWORD_LENGTH || !/^[!-~]+$/.test(text) || /^[{[]|:/.test(text)) return false;
  // `randAlphaNum 32 | b64enc`: the base64 of a random text is a good secret too.
  if (/^[A-Za-z0-9]+$/.test(text) && looksRandom(text)) return false;
  const signs = text.match(/[^A-Za-z0-9_-]/g)?.length ?? 0;
  return text.length >= (SIGN_LENGTHS[signs] ?? 18);
}

const looksRandom = (text: string): boolean => isRandomLooking(text) || !readsLikeText(text);

/** The least length by the number of signs: 64 of 256 bytes are letters and digits, 94 are printable. */
const SIGN_LENGTHS = [11, 13, 15, 16];
