import type { Credential } from '../../engine/record/credential.ts';
import type { LoginRecord } from '../../engine/record/login-record.ts';
import type { Values } from '../../engine/record/record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { IndexedLogin, WrittenLogin } from './index.ts';

/** What a record says of a login: the index without its sum, and the passwords. */
export function loginForm(login: LoginRecord): {
  readonly index: Omit<WrittenLogin, 'sha256'>;
  readonly passwords: Values;
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
      since: text(change.since),
      entered: text(change.entered),
      from: roleOf('from', change.from),
      to: roleOf('to', change.to) ?? '',
      found: roleOf('found', change.found),
    },
    diverged: diverged && { ...diverged, since: text(diverged.since) },
    rotated: rotated && text(rotated),
    failed: failed && { ...failed, time: text(failed.time) },
  };
  return { index, passwords };
}

const text = (time: Date): string => time.toISOString();

/** Undefined where a password is lacking: somebody has edited the record. */
export function readLogin(index: IndexedLogin, passwords: Values): LoginRecord | undefined {
  const {
    secret,
    owner,
    alternate,
    at,
    auth,
    current,
    previous,
    change,
    server,
    wish,
    diverged,
    rotated,
    failed,
  } = index;
  let isWhole = true;
  const named = (name: string, role: string | undefined): Credential | undefined => {
    const password = role === undefined ? undefined : passwords.get(name);
    if (role === undefined) return undefined;
    isWhole &&= password !== undefined;
    return password && { role, password };
  };
  const to = named('to', change?.to);
  const login: LoginRecord = {
    secret,
    owner,
    alternate,
    at,
    auth,
    current: named('current', current),
    previous: named('previous', previous),
    change: change &&
      to && {
        ...change,
        from: named('from', change.from),
        to,
        found: named('found', change.found),
        restores: change.restores,
        fault: change.fault,
      },
    server: server && { system: server.system, timeline: server.timeline },
    wish,
    diverged,
    rotated,
    failed,
  };
  return isWhole ? login : undefined;
}
