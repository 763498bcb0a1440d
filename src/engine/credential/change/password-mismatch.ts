import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { ChangeRequest, Divergence } from '../../record/login-record.ts';
import { otherRole } from './alternate-role.ts';
import { beginChange, beginRollback, divergedState, nextRole } from './begin-change.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginEvaluation, LoginObservation } from './login-observation.ts';

/** The login in the Secret does not open the server. The correct side depends on the writers of both changes. */
export function resolveMismatch(facts: LoginObservation): LoginEvaluation {
  const { login, secretCredential, workingCredential } = facts;
  const { changeRequest, diverged } = login;
  if (changeRequest !== undefined && !isRequestOutdated(facts, changeRequest))
    return grantRequest(facts, changeRequest);
  if (diverged !== undefined && !isEditedSince(facts, diverged)) return { kind: 'diverged', login };
  if (isSameCredential(login.current, secretCredential)) return changedInServer(facts);
  const why = notIntendedReason(facts) ?? reappliedReason(facts);
  return why === undefined
    ? applySecretPassword(facts, workingCredential, 'edited')
    : divergedState(facts, why);
}

function grantRequest(facts: LoginObservation, changeRequest: ChangeRequest): LoginEvaluation {
  const { login, workingCredential, secretCredential, hasAdmin, sentence, newPassword } = facts;
  if (workingCredential === undefined && !hasAdmin)
    return divergedState(
      facts,
      `${sentence}; no password that is known opens it, and no administrator is named`,
    );
  if (facts.copyReason !== undefined && changeRequest.kind !== 'from-secret')
    return divergedState(facts, facts.copyReason);
  const usesSecretCredential = changeRequest.kind === 'from-secret' || workingCredential === undefined;
  if (usesSecretCredential && isUnprovenRole(facts)) return divergedState(facts, UNPROVEN_ROLE);
  switch (changeRequest.kind) {
    case 'rollback':
      return beginRollback(facts, workingCredential ?? secretCredential, changeRequest, secretCredential);
    case 'from-secret':
      return applySecretPassword(facts, workingCredential, 'from-secret');
    case 'rotate':
      return beginChange(login, {
        cause: 'requested',
        from: workingCredential,
        // The other user of a pair may not exist yet, and the present one can't log in.
        to: {
          role:
            workingCredential === undefined
              ? secretCredential.role
              : nextRole({ ...facts, secretCredential: workingCredential }),
          password: newPassword(),
        },
        found: secretCredential,
        restores: undefined,
      });
  }
}

/**
 * Sets the password from the Secret in the server. With alternating users the other role gets it, because the role in
 * use must not change.
 */
function applySecretPassword(
  { login, secretCredential, strategy }: LoginObservation,
  opens: Credential | undefined,
  cause: 'edited' | 'from-secret',
): LoginEvaluation {
  const isInUse = strategy === 'AlternatingUsers' && opens?.role === secretCredential.role;
  const role = isInUse ? otherRole(login.owner, secretCredential.role) : secretCredential.role;
  const to = { role, password: secretCredential.password };
  return beginChange(login, { cause, from: opens, to, restores: undefined });
}

/**
 * Undefined if a person wrote the Secret so that the server follows it. Otherwise the reason against it: the end of a
 * sentence.
 */
function notIntendedReason({
  login,
  secretUid,
  isRestored,
  workingCredential,
  hasAdmin,
  secretCredential,
  strategy,
  rotateCommand,
  result,
  sentence,
}: LoginObservation): string | undefined {
  // No password would help.
  if (result.kind === 'no-login') return sentence;
  const fixCommand = `${rotateCommand} --from-secret has the server follow the Secret`;
  if (isRestored)
    return `the Secret was restored from a backup, and the server has another password: ${fixCommand}`;
  if (login.secret !== secretUid)
    return `the Secret was created again, and the server has another password: ${fixCommand}`;
  const known = workingCredential ?? login.current;
  if (known === undefined)
    return `the server has another password than the Secret, and nobody knows which: ${fixCommand}`;
  if (workingCredential === undefined && !hasAdmin)
    return `the Secret was changed, and no password that is known opens the server: set it there, or name adminSecretName`;
  if (secretCredential.role !== known.role && isUnprovenRole({ login, secretCredential, strategy }))
    return UNPROVEN_ROLE;
  return undefined;
}

/** The interval at which a deployer or another regular writer may write a Secret again. */
const REAPPLY_WINDOW_MS = 60 * 60 * 1000;

/**
 * A writer may write again the login that lockstep has just rolled back. Without this check, lockstep would roll back
 * and restart the consumers without end.
 */
function reappliedReason({
  login,
  versions,
  secretCredential,
  keys,
  now,
  rotateCommand,
}: LoginObservation): string | undefined {
  const { failed } = login;
  if (failed?.undone !== true || now.getTime() - failed.time.getTime() > REAPPLY_WINDOW_MS) return undefined;
  const isSame = versions
    .slice(0, -1)
    .some(({ data }) => isSameCredential(credentialInVersion(data, keys), secretCredential));
  return isSame
    ? `the Secret was rolled back, because ${failed.reason}, and that password was written again: write another, or ${rotateCommand} --from-secret has the server follow the Secret`
    : undefined;
}

/**
 * A user who may write the Secret must not make an administrator change any role of the server. Only roles with a
 * proven login are allowed.
 */
function isUnprovenRole({
  login,
  secretCredential,
  strategy,
}: Pick<LoginObservation, 'login' | 'secretCredential' | 'strategy'>): boolean {
  if (login.current === undefined) return false;
  const pair = [login.owner, otherRole(login.owner, login.owner)];
  return (
    secretCredential.role !== login.current.role &&
    !(strategy === 'AlternatingUsers' && pair.includes(secretCredential.role))
  );
}

/** The sentence does not name the role: no server has accepted it, and the key may hold another value by mistake. */
const UNPROVEN_ROLE =
  'the Secret names another role than before, and its password does not open the server: put the role back, or set a password that does';

/**
 * The Secret has not changed. After a failover or a restore, the server has an older password. Otherwise another user
 * has changed it there.
 */
function changedInServer(facts: LoginObservation): LoginEvaluation {
  const { login, workingCredential, server, secretCredential, hasAdmin, rotateCommand, sentence } = facts;
  const before = login.server;
  const isAnother = differs(before?.timeline, server?.timeline) || differs(before?.system, server?.system);
  if (isAnother && (workingCredential !== undefined || hasAdmin))
    return beginChange(login, {
      cause: 'restored',
      from: workingCredential,
      to: secretCredential,
      restores: undefined,
    });
  return divergedState(
    facts,
    `${sentence}, although the Secret has not changed: somebody else has changed the role, and ${rotateCommand} --from-secret corrects it if nobody else manages it`,
  );
}

/** A role that may not read the identity of the server sees no difference. */
const differs = (before: unknown, now: unknown): boolean =>
  before !== undefined && now !== undefined && before !== now;

/** A person has written a login into the Secret after that request. A login that a backup restored is no decision. */
function isRequestOutdated(facts: LoginObservation, changeRequest: ChangeRequest): boolean {
  if (changeRequest.kind === 'from-secret' || changeRequest.after === undefined || facts.isRestored)
    return false;
  const { diverged } = facts.login;
  const isDecision = diverged === undefined || isEditedSince(facts, diverged);
  return isDecision && isEditedSince(facts, { version: changeRequest.after });
}

/** A write that leaves the login unchanged is no decision. */
function isEditedSince(
  { versions, keys }: Pick<LoginObservation, 'versions' | 'keys'>,
  { version }: Pick<Divergence, 'version'>,
): boolean {
  const logins = [keys.user, keys.password];
  return versions.some(
    ({ number, keys: changed }) => number > version && changed.some((key) => logins.includes(key)),
  );
}
