import type { Request } from '../secret/secret.ts';
import { isSensitiveKey } from '../secret/sensitive-keys.ts';
import { accidentIn } from './normalise.ts';

/** `username`, `DB_USER`, `rootUser`, `smtp.login`, `MYSQL_DATABASE`, `dbname`. */
const NAME_OF_A_LOGIN = /(?:user(?:[-_.]?name)?|login|(?:db|database)(?:[-_.]?name)?)$/i;

/** A longer one is a token that also stands where a user is asked for. */
export const LONGEST_LOGIN = 32;

/** No Secret has more logins; a hostile one is not to make every password be compared with every name. */
const MOST_NAMES = 64;

const found = new WeakMap<Request, readonly string[]>();

/** The names of users and databases that the Secret holds, whatever policy knows their keys: no password is one of them. */
export function loginNames(request: Request): readonly string[] {
  const known = found.get(request);
  if (known !== undefined) return known;
  const names: string[] = [];
  for (const [key, value] of request.secret.data) {
    if (names.length === MOST_NAMES) break;
    if (value.isEmpty || value.size > 4 * LONGEST_LOGIN || !NAME_OF_A_LOGIN.test(key) || isSensitiveKey(key))
      continue;
    const mended = accidentIn(value, false)?.mended ?? value;
    mended.look(({ text }) => {
      const name = text?.trim() ?? '';
      if (name !== '' && name.length <= LONGEST_LOGIN) names.push(name);
    });
  }
  found.set(request, names);
  return names;
}
