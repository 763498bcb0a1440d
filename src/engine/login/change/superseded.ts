import { type Credential, isSameCredential } from '../../secret/record/credential.ts';
import { followsSecret, type LoginChange, type Phase } from '../../secret/record/login-record.ts';

/** The phases in which the Secret holds the new login. */
const PUBLISHED: ReadonlySet<Phase> = new Set(['rollout', 'drain', 'finalize']);
/** The phases in which the Secret holds the login from before again. */
const ROLLED_BACK: ReadonlySet<Phase> = new Set(['rollback-rollout', 'rollback-drain']);

/**
 * Another writer has put another login into the Secret since the change began. Some changes begin with a Secret that
 * has the new password already, perhaps with the earlier role. Such a Secret must stay as it is: a user who changes it
 * has decided otherwise.
 */
export function isSuperseded(written: Credential, change: LoginChange): boolean {
  return !expectedCredentials(change).some((one) => one !== undefined && isSameCredential(one, written));
}

function expectedCredentials({
  cause,
  from,
  to,
  found,
  phase,
  fault,
}: LoginChange): readonly (Credential | undefined)[] {
  if (PUBLISHED.has(phase)) return [to];
  if (ROLLED_BACK.has(phase)) return [from];
  const isAhead = followsSecret(cause) || cause === 'restored';
  const ahead = isAhead && from ? { role: from.role, password: to.password } : undefined;
  const before = !isAhead || fault !== undefined ? from : undefined;
  return [to, found, ahead, before];
}

/**
 * Consumers are restarted only while the Secret holds this login. Undefined while the password of the server is
 * unknown.
 */
export function provenCredential({ phase, from, to }: LoginChange): Credential | undefined {
  switch (phase) {
    case 'publish':
    case 'rollout':
    case 'drain':
    case 'finalize':
      return to;
    case 'preflight':
    case 'rollback-publish':
    case 'rollback-rollout':
    case 'rollback-drain':
      return from;
    case 'apply':
    case 'verify':
    case 'rollback-apply':
    case 'rollback-verify':
      return undefined;
  }
}
