import type { Secret } from '../secret/secret.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';

/** Words, as people name roles. A generated password has more digits, or mixed letters. */
const ROLE_NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/i;
const MAX_LENGTH = 40;
const MAX_DIGITS = 6;

/**
 * The name of the role, if it is one. A person may have put the password under the key of the user, and more people
 * read a report than Secrets.
 */
export function printableRole(
  role: string,
  { data }: Pick<Secret, 'data'>,
  { password }: { readonly password: string },
): string | undefined {
  const isSecretValue = [...data].some(
    ([key, value]) =>
      (key === password || isSensitiveKey(key)) && value.withPlaintext(({ text }) => text === role),
  );
  const isMixed = /[a-z]/.test(role) && /[A-Z]/.test(role) && /\d/.test(role);
  const digits = role.replaceAll(/\D/g, '').length;
  return isSecretValue || isMixed || digits > MAX_DIGITS || role.length > MAX_LENGTH || !ROLE_NAME.test(role)
    ? undefined
    : role;
}
