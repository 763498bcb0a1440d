import type { ConnectionString, Part } from './connection.ts';
import { readConnection } from './read.ts';

/**
 * The password in a text that is a connection string of any form, or any `scheme://user:password@…`. Undefined for everything else, and where
 * the password is empty. `read` is for who has read it already. Cheap for a text that is neither, so that every value of every Secret can be asked.
 */
export function urlPassword(
  text: string,
  read: (text: string) => ConnectionString | undefined = readConnection,
): Part | undefined {
  if (!text.includes('://') && !/(?:password|pwd) *=/i.test(text)) return undefined;
  const password = read(text)?.password;
  return password === undefined || password.value === '' ? undefined : password;
}
