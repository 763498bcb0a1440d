import type { Credential } from '../../record/credential.ts';
import type { Values } from '../../record/record.ts';
import type { LoginKeys } from './publish.ts';

/** What a version of a Secret holds under the keys of its login; undefined where one of the two is lacking. */
export function loginAmong(data: Values | undefined, { user, password }: LoginKeys): Credential | undefined {
  const role = data?.get(user)?.look(({ text }) => text);
  const known = data?.get(password);
  return role === undefined || known === undefined || known.isEmpty ? undefined : { role, password: known };
}
