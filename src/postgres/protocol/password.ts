import { isAscii, isUtf8 } from 'node:buffer';
import { createHash, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { saslprepPassword } from './saslprep.ts';

const pbkdf2Async = promisify(pbkdf2);

/** The one place here where a password leaves its Sensitive: what is made of it goes to a server, or into a verifier. */
const bytesOf = (password: Sensitive): Buffer => Buffer.from(password.reveal(), 'base64');

/** SaltedPassword of RFC 5802, 3. In a thread of the pool: a server may ask for a million rounds. */
export const saltedPassword = (password: Sensitive, salt: Buffer, iterations: number): Promise<Buffer> =>
  pbkdf2Async(normalizedPassword(bytesOf(password)), salt, iterations, 32, 'sha256');

/** What stands behind `md5` in a verifier of old: of password and role, so that a role that is renamed loses it. */
export const md5OfPassword = (password: Sensitive, role: string): string =>
  createHash('md5').update(bytesOf(password)).update(role, 'utf8').digest('hex');

/** For a server that has shown who it is, and asks for the password itself. */
export const passwordMessage = (password: Sensitive): Buffer =>
  Buffer.concat([bytesOf(password), Buffer.from([0])]);

/** A text that is prohibited is used as it is, and so are bytes that are none. */
function normalizedPassword(bytes: Buffer): Buffer {
  if (isAscii(bytes) || !isUtf8(bytes)) return bytes;
  const text = saslprepPassword(bytes.toString('utf8'));
  return text === undefined ? bytes : Buffer.from(text, 'utf8');
}
