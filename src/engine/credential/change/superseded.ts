import { type Credential, isSameCredential } from '../../record/credential.ts';
import type { LoginChange, Phase } from '../../record/login-record.ts';

/** The Secret holds the login of the change. */
const PUBLISHED: ReadonlySet<Phase> = new Set(['rollout', 'drain', 'finalize']);
/** The Secret holds the login from before again. */
const ROLLED_BACK: ReadonlySet<Phase> = new Set(['rollback-rollout', 'rollback-drain']);

/**
 * Somebody has written another login into the Secret since the change began. A change that began with a Secret that named the new password already, perhaps
 * with the role from before, must still find that: whoever takes it back has changed his mind.
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
  const isAhead = cause === 'edited' || cause === 'restored';
  const ahead = isAhead && from ? { role: from.role, password: to.password } : undefined;
  const before = !isAhead || fault !== undefined ? from : undefined;
  return [to, found, ahead, before];
}

/** Readers of the Secret are restarted only while it holds this; undefined while nobody knows what the server has. */
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
