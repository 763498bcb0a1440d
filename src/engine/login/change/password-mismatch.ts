import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import type { ChangeRequest, Divergence } from '../../secret/record/login-record.ts';
import { beginChange, beginRollback, divergedState, nextRole } from './begin-change.ts';
import { credentialInVersion } from './credential-in-version.ts';
import type { LoginEvaluation, LoginObservation } from './login-observation.ts';
import {
  bothSides,
  changedInServerReason,
  explainMismatch,
  explanationText,
  mayReturn,
  untrustedEditReason,
} from './mismatch-explanation.ts';
import { requestRefusal } from './ways-on.ts';

/** The login in the Secret does not open the server. The correct side depends on the writers of both changes. */
export function resolveMismatch(facts: LoginObservation): LoginEvaluation {
  const { login, secretCredential, workingCredential } = facts;
  const { changeRequest, diverged } = login;
  if (changeRequest !== undefined && !isRequestOutdated(facts, changeRequest))
    return grantRequest(facts, changeRequest);
  if (diverged !== undefined && !isEditedSince(facts, diverged)) return { kind: 'diverged', login };
  if (isSameCredential(login.current, secretCredential)) return changedInServer(facts);
  const reason = untrustedEditReason(facts) ?? reappliedReason(facts);
  if (reason === undefined) return applySecretPassword(facts, workingCredential, 'edited');
  const evaluation = diverge(facts, reason);
  return workingCredential !== undefined && mayReturn(facts)
    ? { ...evaluation, kind: 'restore', to: workingCredential, reason }
    : evaluation;
}

const diverge = (facts: LoginObservation, problem: string): LoginEvaluation =>
  divergedState(facts, explanationText(explainMismatch(facts, problem)));

function grantRequest(facts: LoginObservation, changeRequest: ChangeRequest): LoginEvaluation {
  const { login, workingCredential, secretCredential, newPassword } = facts;
  const refusal = requestRefusal(facts, changeRequest);
  if (refusal !== undefined) return diverge(facts, refusal);
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
 * Sets the password from the Secret in the server. The other role of a pair gets it, because the role in use must not
 * change.
 */
function applySecretPassword(
  facts: LoginObservation,
  opens: Credential | undefined,
  cause: 'edited' | 'from-secret',
): LoginEvaluation {
  const { login, secretCredential } = facts;
  const role = opens?.role === secretCredential.role ? nextRole(facts) : secretCredential.role;
  const to = { role, password: secretCredential.password };
  return beginChange(login, { cause, from: opens, to, restores: undefined });
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
}: LoginObservation): string | undefined {
  const { failed } = login;
  if (failed?.undone !== true || now.getTime() - failed.time.getTime() > REAPPLY_WINDOW_MS) return undefined;
  const isSame = versions
    .slice(0, -1)
    .some(({ data }) => isSameCredential(credentialInVersion(data, keys), secretCredential));
  return isSame
    ? `the Secret was rolled back, because ${failed.reason}, and that password was written again`
    : undefined;
}

/**
 * The Secret has not changed. After a failover or a restore, the server has an older password. Otherwise another user
 * has changed it there. If this happens often, another client changes the server.
 */
function changedInServer(facts: LoginObservation): LoginEvaluation {
  const { login, workingCredential, server, secretCredential, hasAdmin, wasRestoredOften } = facts;
  const before = login.server;
  const isAnother = differs(before?.timeline, server?.timeline) || differs(before?.system, server?.system);
  if (isAnother && wasRestoredOften !== true && (workingCredential !== undefined || hasAdmin))
    return beginChange(login, {
      cause: 'restored',
      from: workingCredential,
      to: secretCredential,
      restores: undefined,
    });
  return diverge(facts, changedInServerReason(facts) ?? bothSides(facts));
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
