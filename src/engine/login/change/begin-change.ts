import type { Credential } from '../../secret/record/credential.ts';
import type { ChangeRequest, LoginRecord } from '../../secret/record/login-record.ts';
import { serverKindOf } from '../server-kinds/kinds.ts';
import { nextRoleOf, pairOf } from '../server-kinds/login-roles.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginEvaluation, LoginObservation, NewChange } from './login-observation.ts';

/** The role that the Secret names after the change. */
export const nextRole = ({
  strategy,
  login,
  secretCredential,
}: Pick<LoginObservation, 'strategy' | 'login' | 'secretCredential'>): string =>
  nextRoleOf(strategy, login.owner, secretCredential.role);

export const beginChange = (login: LoginRecord, change: NewChange): LoginEvaluation => ({
  kind: 'begin',
  login: { ...login, changeRequest: undefined, diverged: undefined },
  change,
});

type RollbackRequest = Extract<ChangeRequest, { kind: 'rollback' }>;

/**
 * Returns both sides to that version: its password in the server, and all its values in the Secret. `found` is the
 * login in the Secret, if it does not open the server.
 */
export function beginRollback(
  facts: LoginObservation,
  from: Credential,
  { to: number, forced }: RollbackRequest,
  found?: Credential,
): LoginEvaluation {
  const { login, versions, keys } = facts;
  const versionData = versions.find((version) => version.number === number)?.data;
  const password = versionData?.get(keys.password);
  if (password === undefined || password.isEmpty) {
    const reason = `version ${number} has no password that can be restored`;
    return { kind: 'in-sync', login: refuseRequest(facts, login, reason) };
  }
  const role = credentialInVersion(versionData, keys)?.role ?? from.role;
  if (!isInPair(facts, from, role)) {
    const reason = `version ${number} is the login of another ${serverKindOf(keys).account}: write it into the Secret, with a password that opens the server`;
    return { kind: 'in-sync', login: refuseRequest(facts, login, reason) };
  }
  const to = { role: nextRole({ ...facts, secretCredential: from }), password };
  return beginChange(login, { cause: 'rolled-back', from, to, found, restores: number, forced });
}

/** Without this check, one role would get the password of another. */
const isInPair = ({ login, strategy }: LoginObservation, { role }: Credential, other: string): boolean =>
  role === other || pairOf(strategy, login.owner).includes(other);

export const refuseRequest = (
  { now }: LoginObservation,
  login: LoginRecord,
  reason: string,
): LoginRecord => ({
  ...login,
  changeRequest: undefined,
  failed: { time: now, reason, undone: false },
});

export const divergedState = (
  { login, now, versions }: LoginObservation,
  reason: string,
): LoginEvaluation => {
  const since = login.diverged?.reason === reason ? login.diverged.since : now;
  const diverged = { since, reason, version: versions.at(-1)?.number ?? 0 };
  return { kind: 'diverged', login: { ...login, changeRequest: undefined, diverged } };
};
