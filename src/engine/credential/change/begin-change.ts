import type { Credential } from '../../record/credential.ts';
import type { LoginRecord, Wish } from '../../record/login-record.ts';
import { otherLogin } from './alternate-role.ts';
import { loginAmong } from './credential-in-version.ts';
import type { Begin, LoginFacts, Standing } from './login-observation.ts';

/** Who the Secret is to name after a change of what it names now. */
export const nextRole = ({
  strategy,
  login,
  written,
}: Pick<LoginFacts, 'strategy' | 'login' | 'written'>): string =>
  strategy === 'SingleUser' ? written.role : otherLogin(login.owner, written.role);

export const begun = (login: LoginRecord, change: Begin): Standing => ({
  kind: 'begin',
  login: { ...login, wish: undefined, diverged: undefined },
  change,
});

type Rollback = Extract<Wish, { kind: 'rollback' }>;

/** Both sides as in that version: its password in the server, all its values in the Secret. `found`: what the Secret says, where that does not open the server. */
export function goneBack(
  facts: LoginFacts,
  from: Credential,
  { to: number, forced }: Rollback,
  found?: Credential,
): Standing {
  const { login, versions, keys } = facts;
  const held = versions.find((version) => version.number === number)?.data;
  const password = held?.get(keys.password);
  if (password === undefined || password.isEmpty) {
    const reason = `version ${number} has no password that could be gone back to`;
    return { kind: 'in-step', login: notGranted(facts, login, reason) };
  }
  const role = loginAmong(held, keys)?.role ?? from.role;
  if (!isOfPair(facts, from, role)) {
    const reason = `version ${number} is the login of another role: write it into the Secret, with a password that opens the server`;
    return { kind: 'in-step', login: notGranted(facts, login, reason) };
  }
  const to = { role: nextRole({ ...facts, written: from }), password };
  return begun(login, { cause: 'rolled-back', from, to, found, restores: number, forced });
}

/** Else one role would get the password of another. */
const isOfPair = ({ login, strategy }: LoginFacts, { role }: Credential, other: string): boolean =>
  role === other ||
  (strategy === 'AlternatingUsers' && [login.owner, otherLogin(login.owner, login.owner)].includes(other));

export const notGranted = ({ now }: LoginFacts, login: LoginRecord, reason: string): LoginRecord => ({
  ...login,
  wish: undefined,
  failed: { time: now, reason, undone: false },
});

export const divergedFor = ({ login, now, versions }: LoginFacts, reason: string): Standing => {
  const since = login.diverged?.reason === reason ? login.diverged.since : now;
  const diverged = { since, reason, version: versions.at(-1)?.number ?? 0 };
  return { kind: 'diverged', login: { ...login, wish: undefined, diverged } };
};
