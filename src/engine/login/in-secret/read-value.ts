import type { Sensitive } from '../../secret/sensitive.ts';

/** The reason why a value of a Secret can't be used: a sentence that repeats no value. */
export interface SecretFault {
  readonly fault: string;
}

/** In bytes. PostgreSQL truncates longer names of roles and databases (NAMEDATALEN). */
export const MAX_NAME_BYTES = 63;

/** Undefined if the value is missing or empty. `maxBytes` is the limit. */
export function readText(
  data: ReadonlyMap<string, Sensitive>,
  key: string,
  maxBytes: number,
): { readonly text: string } | SecretFault | undefined {
  const value = data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  return faultIn(value, key, maxBytes) ?? value.withPlaintext(({ text = '' }) => ({ text }));
}

/** In bytes. The longest are access tokens of a cloud, with about 2,500. */
const MAX_PASSWORD_BYTES = 4096;

/** Like `readText`, but the password stays wrapped. */
export function readPassword(
  data: ReadonlyMap<string, Sensitive>,
  key: string,
): { readonly password: Sensitive } | SecretFault | undefined {
  const password = data.get(key);
  if (password === undefined || password.isEmpty) return undefined;
  return faultIn(password, key, MAX_PASSWORD_BYTES) ?? { password };
}

/**
 * Checks for one line of text that is not too long. PostgreSQL accepts no NUL, and drivers differ about other control
 * characters.
 */
function faultIn(value: Sensitive, key: string, maxBytes: number): SecretFault | undefined {
  if (value.size > maxBytes)
    return { fault: `${key} holds more than ${maxBytes} bytes: set a shorter value` };
  return value.withPlaintext(({ text }) => {
    if (text === undefined) return { fault: `${key} holds bytes that are not text: set one line of text` };
    return /[\0-\x1f\x7f]/.test(text)
      ? {
          fault: `${key} holds a line break or another control character: set one line of printable characters`,
        }
      : undefined;
  });
}
