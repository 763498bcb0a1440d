import type { ConnectionString, Part } from './connection.ts';
import { readConnection } from './read.ts';

/**
 * The password in a connection string of any form, or in any `scheme://user:password@…`. Undefined for other texts, and
 * for an empty password. `read` avoids a second parse. The function is cheap for other texts, so it can check every
 * value of every Secret.
 */
export function urlPassword(
  text: string,
  read: (text: string) => ConnectionString | undefined = readConnection,
): Part | undefined {
  if (!text.includes('://') && !/(?:password|pwd) *=/i.test(text)) return undefined;
  const password = read(text)?.password;
  return password === undefined || password.value === '' ? undefined : password;
}
