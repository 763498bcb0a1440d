import { isAscii, isUtf8 } from 'node:buffer';
import { createHash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { saslprepPassword } from './saslprep.ts';

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
