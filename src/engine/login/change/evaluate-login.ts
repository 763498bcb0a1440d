import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { Strategy } from '../credential-schema/compile.ts';
import { isPasswordCorrect, isRefused, isUnproven } from '../result/login-result.ts';
import { KEEPS_ROLE, ownerOf, pairOf } from '../server-kinds/login-roles.ts';
import { beginChange, beginRollback, nextRole, refuseRequest } from './begin-change.ts';
import type { LoginEvaluation, LoginObservation, ObservedServer } from './login-observation.ts';
import { resolveMismatch } from './password-mismatch.ts';

/** `sentence` states the result of the login for people. */
export function evaluateLogin(facts: LoginObservation, sentence: string): LoginEvaluation {
  const { login, result } = facts;
  // A server that asks for no password proves none. Only its operator changes that, so no request waits for it.
  if (isUnproven(result)) {
    const isAsked = result.kind === 'ok' && login.changeRequest !== undefined;
    return { kind: 'unknown', login: isAsked ? refuseRequest(facts, login, sentence) : login };
  }
  if (isPasswordCorrect(facts.result)) return evaluateWorkingLogin(facts);
  return isRefused(facts.result) ? resolveMismatch(facts) : { kind: 'unknown', login: facts.login };
}

/** The login in the Secret works, whatever the cause. A change request comes before a scheduled change. */
function evaluateWorkingLogin(facts: LoginObservation): LoginEvaluation {
  const login = withProvenLogin(facts);
  const { changeRequest } = login;
  const isOpen = facts.result.kind === 'ok';
  if (facts.copyReason !== undefined && changeRequest !== undefined && changeRequest.kind !== 'from-secret')
    return { kind: 'in-sync', login: refuseRequest(facts, login, facts.copyReason) };
  if (changeRequest?.kind === 'rollback')
    return beginRollback({ ...facts, login }, facts.secretCredential, changeRequest);
  if (changeRequest?.kind === 'rotate' || (facts.isDue && isOpen)) {
    const to = { role: nextRole({ ...facts, login }), password: facts.newPassword() };
    const cause = changeRequest === undefined ? 'schedule' : 'requested';
    return beginChange(login, { cause, from: facts.secretCredential, to, restores: undefined });
  }
  return {
    kind: 'in-sync',
    login: changeRequest === undefined ? login : { ...login, changeRequest: undefined },
  };
}

/** Returns the same object if nothing is new. */
function withProvenLogin({
  login,
  secretCredential,
  secretUid,
  serverIdentity,
  server,
  strategy,
  result,
}: LoginObservation): LoginRecord {
  const isNew = !isSameCredential(login.current, secretCredential);
  const observed = server ?? login.server;
  const owner = ownerAfter(login, secretCredential, server, strategy);
  const auth = result.kind === 'ok' && result.by === undefined ? 'scram-sha-256' : login.auth;
  const isSame =
    !isNew &&
    login.secret === secretUid &&
    login.owner === owner &&
    login.at === serverIdentity &&
    login.auth === auth &&
    login.diverged === undefined &&
    login.server?.system === observed?.system &&
    login.server?.timeline === observed?.timeline;
  if (isSame) return login;
  return {
    ...login,
    secret: secretUid,
    owner,
    at: serverIdentity,
    auth,
    current: secretCredential,
    previous: isNew ? (login.current ?? login.previous) : login.previous,
    server: observed && { system: observed.system, timeline: observed.timeline },
    diverged: undefined,
  };
}

function ownerAfter(
  { owner }: LoginRecord,
  { role }: Credential,
  server: ObservedServer | undefined,
  strategy: Strategy,
): string {
  if (strategy === KEEPS_ROLE) return role;
  if (server === undefined) return pairOf(strategy, owner).includes(role) ? owner : role;
  return ownerOf(role, server.memberOf);
}
