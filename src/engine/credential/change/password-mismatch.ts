import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { ChangeRequest, Divergence } from '../../record/login-record.ts';
import { otherRole } from './alternate-role.ts';
import { beginChange, beginRollback, divergedState, nextRole } from './begin-change.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginEvaluation, LoginObservation } from './login-observation.ts';

/** What the Secret says does not open the server. Which of the two is right depends on who has changed which. */
export function resolveMismatch(facts: LoginObservation): LoginEvaluation {
  const { login, secretCredential, workingCredential } = facts;
  const { changeRequest, diverged } = login;
  if (changeRequest !== undefined && !isRequestOutdated(facts, changeRequest))
    return grantRequest(facts, changeRequest);
  if (diverged !== undefined && !isEditedSince(facts, diverged)) return { kind: 'diverged', login };
  if (isSameCredential(login.current, secretCredential)) return changedInServer(facts);
  const why = notIntendedReason(facts) ?? reappliedReason(facts);
  return why === undefined ? applySecretPassword(facts, workingCredential) : divergedState(facts, why);
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
      return applySecretPassword(facts, workingCredential);
    case 'rotate':
      return beginChange(login, {
        cause: 'requested',
        from: workingCredential,
        // The other of a pair may not be there yet, and nobody is let in by the one that is.
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

/** The server is to have what somebody has written into the Secret. Of a pair the other role gets it: the one in use is left alone. */
function applySecretPassword(
  { login, secretCredential, strategy }: LoginObservation,
  opens: Credential | undefined,
): LoginEvaluation {
  const isInUse = strategy === 'AlternatingUsers' && opens?.role === secretCredential.role;
  const role = isInUse ? otherRole(login.owner, secretCredential.role) : secretCredential.role;
  const to = { role, password: secretCredential.password };
  return beginChange(login, { cause: 'edited', from: opens, to, restores: undefined });
}

/** Undefined: what is written was written by somebody who wants the server to follow. Else why not: the end of a sentence. */
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
    return `the Secret was put back from a backup, and the server has another password: ${fixCommand}`;
  if (login.secret !== secretUid)
    return `the Secret was made anew, and the server has another password: ${fixCommand}`;
  const known = workingCredential ?? login.current;
  if (known === undefined)
    return `the server has another password than the Secret, and nobody knows which: ${fixCommand}`;
  if (workingCredential === undefined && !hasAdmin)
    return `the Secret was changed, and no password that is known opens the server: set it there, or name adminSecretName`;
  if (secretCredential.role !== known.role && isUnprovenRole({ login, secretCredential, strategy }))
    return UNPROVEN_ROLE;
  return undefined;
}

/** As long as somebody who writes a Secret all the time, such as a deployer, takes to do so again. Milliseconds. */
const REAPPLY_WINDOW_MS = 60 * 60 * 1000;

/** What was put back and is written once more would be put back once more, and those that read it restarted, without end. */
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
    ? `the Secret was put back, because ${failed.reason}, and the same was written into it again: write another password, or ${rotateCommand} --from-secret has the server follow the Secret`
    : undefined;
}

/** Whoever may write the Secret may not for that have an administrator change any role of the server: only those that it was proven to open. */
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

/** The role is not named: no server has accepted it, and it may be a value that got under the wrong key. */
const UNPROVEN_ROLE =
  'the Secret names another role than before, and its password does not open the server: put the role back, or set a password that does';

/** Nobody has touched the Secret. After a failover or a restore the server has forgotten; else somebody has changed it there. */
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
    `${sentence}, though nobody has changed the Secret: somebody else has changed the role; ${rotateCommand} --from-secret puts it back, if nobody else is to manage it`,
  );
}

/** Who may not be told which server it is sees no other one. */
const differs = (before: unknown, now: unknown): boolean =>
  before !== undefined && now !== undefined && before !== now;

/** A person has written a login into the Secret after that request. A login that a backup has put back is no decision. */
function isRequestOutdated(facts: LoginObservation, changeRequest: ChangeRequest): boolean {
  if (changeRequest.kind === 'from-secret' || changeRequest.after === undefined || facts.isRestored)
    return false;
  const { diverged } = facts.login;
  const isDecision = diverged === undefined || isEditedSince(facts, diverged);
  return isDecision && isEditedSince(facts, { version: changeRequest.after });
}

/** A touch of the Secret that leaves its login is no decision. */
function isEditedSince(
  { versions, keys }: Pick<LoginObservation, 'versions' | 'keys'>,
  { version }: Pick<Divergence, 'version'>,
): boolean {
  const logins = [keys.user, keys.password];
  return versions.some(
    ({ number, keys: changed }) => number > version && changed.some((key) => logins.includes(key)),
  );
}
