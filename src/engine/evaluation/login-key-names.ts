import { factByName } from '../secret/fact-by-name.ts';
import type { Request } from '../secret/secret.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';
import { inputArtifactOf } from './input-artifact.ts';

/** `username`, `DB_USER`, `rootUser`, `smtp.login`, `MYSQL_DATABASE`, `dbname`. */
const LOGIN_NAME_KEY = /(?:user(?:[-_.]?name)?|login|(?:db|database)(?:[-_.]?name)?)$/i;

/** A longer value is a token in a field for a user name. */
export const MAX_LOGIN_LENGTH = 32;

/** No Secret has more logins. The limit bounds the comparisons of a hostile Secret. */
const MAX_NAMES = 64;

const namesLogin = factByName((key) => LOGIN_NAME_KEY.test(key) && !isSensitiveKey(key));

const cache = new WeakMap<Request, readonly string[]>();

/**
 * The names of users and databases in the Secret, with or without a policy for their keys. No password may equal one of
 * them.
 */
export function loginNames(request: Request): readonly string[] {
  const cached = cache.get(request);
  if (cached !== undefined) return cached;
  const names: string[] = [];
  for (const [key, value] of request.secret.data) {
    if (names.length === MAX_NAMES) break;
    if (value.isEmpty || value.size > 4 * MAX_LOGIN_LENGTH || !namesLogin(key)) continue;
    const normalised = inputArtifactOf(value, false)?.corrected ?? value;
    normalised.withPlaintext(({ text }) => {
      const name = text?.trim() ?? '';
      if (name !== '' && name.length <= MAX_LOGIN_LENGTH) names.push(name);
    });
  }
  cache.set(request, names);
  return names;
}
