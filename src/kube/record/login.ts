import type { Credential } from '../../engine/secret/record/credential.ts';
import { type LoginRecord, newLoginRecord } from '../../engine/secret/record/login-record.ts';
import type { SecretData } from '../../engine/secret/record/record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { LoginEntry } from './index.ts';

/** The login state of a record: the login of the index without its sum, with the passwords. */
export function encodeLogin({ current, previous, change, ...rest }: LoginRecord): {
  readonly index: Omit<LoginEntry, 'sha256'>;
  readonly passwords: SecretData;
} {
  const passwords = new Map<string, Sensitive>();
  const roleOf = (name: string, credential: Credential | undefined): string | undefined => {
    if (credential !== undefined) passwords.set(name, credential.password);
    return credential?.role;
  };
  const index = {
    ...rest,
    current: roleOf('current', current),
    previous: roleOf('previous', previous),
    change: change && {
      ...change,
      from: roleOf('from', change.from),
      to: roleOf('to', change.to) ?? '',
      found: roleOf('found', change.found),
    },
  };
  return { index, passwords };
}

/** Undefined if a password is missing, because a person has edited the record. */
export function decodeLogin(
  { sha256: _, current, previous, change, server, ...rest }: LoginEntry,
  passwords: SecretData,
): LoginRecord | undefined {
  let isComplete = true;
  const credentialOf = (name: string, role: string | undefined): Credential | undefined => {
    const password = role === undefined ? undefined : passwords.get(name);
    if (role === undefined) return undefined;
    isComplete &&= password !== undefined;
    return password && { role, password };
  };
  const to = credentialOf('to', change?.to);
  const login: LoginRecord = {
    ...newLoginRecord(rest.secret, rest.owner),
    ...rest,
    current: credentialOf('current', current),
    previous: credentialOf('previous', previous),
    change: change &&
      to && {
        ...change,
        from: credentialOf('from', change.from),
        to,
        found: credentialOf('found', change.found),
        restores: change.restores,
        fault: change.fault,
      },
    server: server && { system: server.system, timeline: server.timeline },
  };
  return isComplete ? login : undefined;
}
