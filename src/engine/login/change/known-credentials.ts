import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { Strategy } from '../credential-schema/compile.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import { urlPasswords } from '../in-secret/url-passwords.ts';
import { systemOf } from '../server-kinds/kinds.ts';
import { pairOf } from '../server-kinds/login-roles.ts';
import { credentialInVersion } from './credential-in-version.ts';

/** A server may slow down or lock a role after many failed logins. */
const MAX_KNOWN = 6;

/**
 * The logins that may open the server if the one in the Secret does not. First come the proven ones, then those of
 * earlier versions, the newest first, each once.
 *
 * An earlier version may name another role, whose login also opens the server. It is left out: otherwise lockstep would
 * change or retire the wrong role.
 */
export function knownCredentials(
  { login, versions }: Pick<SecretRecord, 'login' | 'versions'>,
  { keys, strategy }: { readonly keys: LoginKeys; readonly strategy: Strategy },
  written: Credential,
): readonly Credential[] {
  const known: Credential[] = [];
  const ownRoles = [written.role, login?.current?.role];
  if (login !== undefined) ownRoles.push(...pairOf(strategy, login.owner));
  const add = (one: Credential | undefined): void => {
    if (one === undefined || isSameCredential(one, written) || !ownRoles.includes(one.role)) return;
    if (known.length < MAX_KNOWN && !known.some((other) => isSameCredential(other, one))) known.push(one);
  };
  add(login?.current);
  add(login?.previous);
  for (const { data } of versions.toReversed()) add(credentialInVersion(data, keys));
  // A URL may still hold the password from before the first version.
  for (const { data } of versions.toReversed())
    for (const role of ownRoles)
      if (role !== undefined && data !== undefined)
        for (const { password } of urlPasswords(data, role, systemOf(keys))) add({ role, password });
  return known;
}
