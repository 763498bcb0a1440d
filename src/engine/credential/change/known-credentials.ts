import { urlPasswords } from '../../login/url-passwords.ts';
import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { SecretRecord } from '../../record/record.ts';
import type { Strategy } from '../spec/compile.ts';
import { otherRole } from './alternate-role.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginKeys } from './publish.ts';

/** A server must not be asked for ever: it may slow down who fails, or shut him out. */
const MAX_KNOWN = 6;

/**
 * What may open the server where the Secret does not: what was proven before, then what the Secret held before, the newest first. Each once. A login of another
 * role, which the Secret named once, opens it too, and has nothing to do with this one: it would be changed in its place, or retired.
 */
export function knownCredentials(
  { login, versions }: Pick<SecretRecord, 'login' | 'versions'>,
  { keys, strategy }: { readonly keys: LoginKeys; readonly strategy: Strategy },
  written: Credential,
): readonly Credential[] {
  const known: Credential[] = [];
  const ownRoles = [written.role, login?.current?.role];
  if (login !== undefined && strategy === 'AlternatingUsers')
    ownRoles.push(login.owner, otherRole(login.owner, login.owner));
  const add = (one: Credential | undefined): void => {
    if (one === undefined || isSameCredential(one, written) || !ownRoles.includes(one.role)) return;
    if (known.length < MAX_KNOWN && !known.some((other) => isSameCredential(other, one))) known.push(one);
  };
  add(login?.current);
  add(login?.previous);
  for (const { data } of versions.toReversed()) add(credentialInVersion(data, keys));
  // A URL may hold what its base key held before any version was kept.
  for (const { data } of versions.toReversed())
    for (const role of ownRoles)
      if (role !== undefined && data !== undefined)
        for (const { password } of urlPasswords(data, role)) add({ role, password });
  return known;
}
