import type { SecretRecord } from '../record.ts';
import { type Credential, isSameCredential } from './credential.ts';
import type { LoginKeys } from './publish.ts';

/** A server must not be asked for ever: it may slow down who fails, or shut him out. */
const MOST_KNOWN = 6;

/** What may open the server where the Secret does not: what was proven before, then what the Secret held before, the newest first. Each once. */
export function knownCredentials(
  { login, versions }: Pick<SecretRecord, 'login' | 'versions'>,
  keys: LoginKeys,
  written: Credential,
): readonly Credential[] {
  const known: Credential[] = [];
  const add = (one: Credential | undefined): void => {
    if (one === undefined || isSameCredential(one, written)) return;
    if (known.length < MOST_KNOWN && !known.some((other) => isSameCredential(other, one))) known.push(one);
  };
  add(login?.current);
  add(login?.previous);
  for (const { data } of versions.toReversed()) {
    const role = data?.get(keys.user)?.look(({ text }) => text);
    const password = data?.get(keys.password);
    if (role !== undefined && password !== undefined && !password.isEmpty) add({ role, password });
  }
  return known;
}
