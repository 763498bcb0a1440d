import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import type { Secret } from '../../secret/secret.ts';
import { mayBeSecret } from '../../value/placeholder/words/may-be-secret.ts';

const ROLE_NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/i;
const MAX_LENGTH = 40;
/** `PaymentsOwner` has one, and a generated password several. */
const CASE_CHANGES = /[a-z][A-Z].*[a-z][A-Z]/;

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
  const isName =
    role.length <= MAX_LENGTH &&
    ROLE_NAME.test(role) &&
    !CASE_CHANGES.test(role) &&
    !role.split(/[^A-Za-z0-9]+/).some(mayBeSecret);
  return isSecretValue || !isName ? undefined : role;
}
