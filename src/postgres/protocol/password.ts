import { isAscii, isUtf8 } from 'node:buffer';
import { createHash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { saslprep } from '@mongodb-js/saslprep';
import type { Sensitive } from '../../engine/secret/sensitive.ts';

const pbkdf2Async = promisify(pbkdf2);

/** In this folder, a password leaves its Sensitive only here. The result goes to a server, or into a verifier. */
const bytesOf = (password: Sensitive): Buffer => Buffer.from(password.reveal(), 'base64');

/** SaltedPassword of RFC 5802, 3. It runs in a thread of the pool, because a server may ask for a million rounds. */
export const saltedPassword = (password: Sensitive, salt: Buffer, iterations: number): Promise<Buffer> =>
  pbkdf2Async(normalizedPassword(bytesOf(password)), salt, iterations, 32, 'sha256');

/** The part after `md5` in an old verifier. It contains the role, so a renamed role loses its password. */
export const md5OfPassword = (password: Sensitive, role: string): string =>
  createHash('md5').update(bytesOf(password)).update(role, 'utf8').digest('hex');

/** The password in clear, for a verified server that asks for it. */
export const passwordMessage = (password: Sensitive): Buffer =>
  Buffer.concat([bytesOf(password), Buffer.from([0])]);

/** A prohibited text is used as it is, and so are bytes that are not UTF-8. */
function normalizedPassword(bytes: Buffer): Buffer {
  if (isAscii(bytes) || !isUtf8(bytes)) return bytes;
  const text = saslprepPassword(bytes.toString('utf8'));
  return text === undefined ? bytes : Buffer.from(text, 'utf8');
}

/**
 * A password as pg_saslprep() prepares it (src/common/saslprep.c). Undefined if that leaves its bytes unchanged.
 *
 * The library follows RFC 3454, and checks the normalised text. PostgreSQL checks the text before it is normalised. If
 * the two disagree on a character, the library gets a substitute that it treats as PostgreSQL treats the real one.
 */
function saslprepPassword(password: string): string | undefined {
  const mapped = password.replace(SPACE, ' ').replace(MAPPED_TO_NOTHING, '');
  if (mapped === '') return undefined;
  const substituted = mapped
    .replace(UNASSIGNED_IN_3_2, '\u0221')
    .replace(TONE_MARK, '\u200e')
    .replace(LEFT_TO_RIGHT, 'a')
    .replace(RIGHT_TO_LEFT, '\u05d0')
    .replace(NO_DIRECTION, '!');
  try {
    saslprep(substituted);
  } catch {
    return undefined;
  }
  return mapped.normalize('NFKC');
}

/** RFC 3454, C.1.2 and B.1, by code point. The characters that join emoji are among them. */
const SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
const MAPPED_TO_NOTHING =
  /\u034f|[\u180b-\u180d]|[\ufe00-\ufe0f]|[\u200c\u200d]|[\u00ad\u1806\u2060\ufeff]/gu;

/** Unassigned in Unicode 3.2, and normalised by a later version. */
const UNASSIGNED_IN_3_2 =
  /[\u03f7-\u03ff\u10fc-\u10ff\u18aa-\u1dff\u208f-\u209f\u213b\u213c\u214c-\u2152\u2184-\u218f\u2b00-\u2e7f\u321d-\u321f\u3244-\u3250\u327c-\u327e\u32cc-\u32cf\u32ff\u3377-\u337a\u33de\u33df\u33ff\ua4c7-\uabff\ufa2e\ufa2f\ufa6b-\ufaff\ufe10-\ufe1f\ufe47\ufe48\u{1044e}-\u{1cfff}\u{1d4c1}\u{1d6a4}-\u{1d6a7}\u{1d7ca}-\u{1d7cd}\u{1d800}-\u{1fffd}]/gu;

/** Prohibited (C.8), and normalised to a permitted character. */
const TONE_MARK = /[\u0340\u0341]/gu;

/** Left to right, right to left, and neutral: before normalisation, and not after. */
const LEFT_TO_RIGHT =
  /[\u037a\u2135-\u2138\uff9e\uff9f\u{1d6c1}\u{1d6db}\u{1d6fb}\u{1d715}\u{1d735}\u{1d74f}\u{1d76f}\u{1d789}\u{1d7a9}\u{1d7c3}]/gu;
const RIGHT_TO_LEFT =
  /[\ufb1d\ufb1f\ufb2a-\ufb36\ufb38-\ufb3c\ufb3e\ufb40\ufb41\ufb43\ufb44\ufb46-\ufb4e\ufc5b-\ufc63\ufc90\ufcd9\ufcf2-\ufcf4\ufd3c\ufd3d\ufe70-\ufe72\ufe74\ufe76-\ufe7f]/gu;
const NO_DIRECTION =
  /[\u20a8\u2100\u2101\u2103\u2105\u2106\u2109\u2116\u2120-\u2122\u2e9f\u2ef3\u2f00-\u2fd5]/gu;
