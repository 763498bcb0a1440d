import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { md5OfPassword, saltedPassword } from './password.ts';

/** What a server keeps unless its `scram_iterations` says otherwise. */
export const DEFAULT_ITERATIONS = 4096;

/** RFC 7677. With fewer, whoever plays the server guesses at the password as fast as at an MD5 answer. */
export const MIN_ITERATIONS = 4096;

/** Half a second of one core. A server that asks for more wants something else. */
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
 * What ALTER ROLE … PASSWORD takes in a password's stead: `SCRAM-SHA-256$4096:SALT$STORED:SERVER`. Made here, so that no server gets a password in a
 * statement: it would stand in its log.
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

/** Whether that is the password behind a verifier of `role`, as pg_authid holds it. Undefined: it is none that is known here. */
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
