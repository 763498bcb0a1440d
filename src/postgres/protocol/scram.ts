import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { md5OfPassword, saltedPassword } from './password.ts';

/** The default of `scram_iterations`. */
export const DEFAULT_ITERATIONS = 4096;

/**
 * RFC 7677. With fewer, an attacker that poses as the server can guess at the password as fast as with an MD5 answer.
 */
export const MIN_ITERATIONS = 4096;

/** Half a second of one core. No honest server asks for more. */
export const MAX_ITERATIONS = 1_000_000;

/** pg_be_scram_build_secret() */
const SALT_BYTES = 16;

/** RFC 5802, 3. */
export interface ScramKeys {
  readonly client: Buffer;
  readonly stored: Buffer;
  readonly server: Buffer;
}

export async function scramKeys(password: Sensitive, salt: Buffer, iterations: number): Promise<ScramKeys> {
  const salted = await saltedPassword(password, salt, iterations);
  const client = hmac(salted, 'Client Key');
  return { client, stored: sha256(client), server: hmac(salted, 'Server Key') };
}

/**
 * The verifier that ALTER ROLE … PASSWORD accepts instead of a password: `SCRAM-SHA-256$4096:SALT$STORED:SERVER`.
 * lockstep computes it, because a password in a statement would be in the server's log.
 */
export async function scramVerifier(
  password: Sensitive,
  {
    iterations = DEFAULT_ITERATIONS,
    salt = randomBytes(SALT_BYTES),
  }: { iterations?: number; salt?: Buffer } = {},
): Promise<string> {
  const { stored, server } = await scramKeys(password, salt, iterations);
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return `SCRAM-SHA-256$${iterations}:${text(salt)}$${text(stored)}:${text(server)}`;
}

const SCRAM_VERIFIER =
  /^SCRAM-SHA-256\$([1-9][0-9]{0,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):[A-Za-z0-9+/=]+$/;
const MD5_VERIFIER = /^md5[0-9a-f]{32}$/;

/**
 * Whether `password` matches a verifier of `role`, as pg_authid stores it. Undefined for an unknown kind of verifier.
 */
export async function matchesVerifier(
  password: Sensitive,
  verifier: string,
  role: string,
): Promise<boolean | undefined> {
  if (MD5_VERIFIER.test(verifier)) return verifier === `md5${md5OfPassword(password, role)}`;
  const [, iterations, salt, stored] = SCRAM_VERIFIER.exec(verifier) ?? [];
  if (iterations === undefined || salt === undefined || stored === undefined) return undefined;
  if (Number(iterations) > MAX_ITERATIONS) return undefined;
  const keys = await scramKeys(password, Buffer.from(salt, 'base64'), Number(iterations));
  const storedKey = Buffer.from(stored, 'base64');
  return storedKey.length === keys.stored.length && timingSafeEqual(storedKey, keys.stored);
}

export const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
