import type { Credential } from '../../engine/record/credential.ts';
import type { LoginRecord } from '../../engine/record/login-record.ts';
import type { SecretData } from '../../engine/record/record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { EncodedLogin, LoginEntry } from './index.ts';

/** The login state of a record: the login of the index without its sum, with the passwords. */
export function encodeLogin(login: LoginRecord): {
  readonly index: Omit<EncodedLogin, 'sha256'>;
  readonly passwords: SecretData;
} {
  const { current, previous, change, diverged, rotated, failed, ...rest } = login;
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
      since: isoTime(change.since),
      entered: isoTime(change.entered),
      from: roleOf('from', change.from),
      to: roleOf('to', change.to) ?? '',
      found: roleOf('found', change.found),
    },
    diverged: diverged && { ...diverged, since: isoTime(diverged.since) },
    rotated: rotated && isoTime(rotated),
    failed: failed && { ...failed, time: isoTime(failed.time) },
  };
  return { index, passwords };
}

const isoTime = (time: Date): string => time.toISOString();

/** Undefined if a password is missing, because a person has edited the record. */
export function decodeLogin(index: LoginEntry, passwords: SecretData): LoginRecord | undefined {
  const {
    system,
    secret,
    movedFrom,
    owner,
    alternate,
    at,
    auth,
    current,
    previous,
    change,
    server,
    changeRequest,
    diverged,
    rotated,
    failed,
  } = index;
  let isComplete = true;
  const credentialOf = (name: string, role: string | undefined): Credential | undefined => {
    const password = role === undefined ? undefined : passwords.get(name);
    if (role === undefined) return undefined;
    isComplete &&= password !== undefined;
    return password && { role, password };
  };
  const to = credentialOf('to', change?.to);
  const login: LoginRecord = {
    ...(system !== undefined && { system }),
    secret,
    movedFrom,
    owner,
    alternate,
    at,
    auth,
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
    changeRequest,
    diverged,
    rotated,
    failed,
  };
  return isComplete ? login : undefined;
}
