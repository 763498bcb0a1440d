import type { StepResult } from '../../engine/credential/change/phases.ts';
import type { WaitReason } from '../../engine/credential/status/wait-reason.ts';
import { followsSecret, type LoginChange } from '../../engine/record/login-record.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/server/role-server.ts';
import { loginRecordOf, type ReconcileInput, type ServerResult } from './reconcile-input.ts';

/** A step that must run again. */
export interface StepWait {
  readonly kind: 'wait';
  readonly for: WaitReason;
  /** In milliseconds. */
  readonly retryAfter: number;
  /** The consumers of the Secret may be rolled out during the wait. */
  readonly allowsRollout?: boolean;
}

export type StepOutcome = StepResult | StepWait;

export const DONE: StepResult = { kind: 'done' };

/** For a step that may run again at once, because another client was first. */
export const RETRY_SOON_MS = 200;
/** For a step in the critical section, and for one that blocks no login. */
export const RETRY_SHORTLY_MS = 1000;
export const RETRY_LATER_MS = 5000;

/** The mark that distinguishes lockstep's second role from a foreign role. */
export function knownAlternate(
  input: Pick<ReconcileInput, 'session' | 'observed' | 'secretCredential'>,
  change: LoginChange,
): KnownAlternate {
  return { oid: alternateOid(input, change.to.role), mark: `made-${change.id}` };
}

/** The oid of a second role that lockstep has made. */
export function alternateOid(
  input: Pick<ReconcileInput, 'session' | 'observed' | 'secretCredential'>,
  role: string,
): string | undefined {
  const { alternate } = loginRecordOf(input);
  return alternate?.role === role ? alternate.oid : undefined;
}

export const connectFailed = (end: Exclude<ServerResult<unknown>, { kind: 'did' }>): StepOutcome =>
  end.kind === 'locked-out'
    ? { kind: 'refused', reason: end.reason }
    : waitForServer(end.reason, RETRY_SHORTLY_MS);

/** `after` is in milliseconds. */
export const waitForServer = (message: string, after: number): StepWait => ({
  kind: 'wait',
  for: { kind: 'server', message },
  retryAfter: after,
});

/** An edit does not wait for the sessions of consumers that must restart for it. */
export function openSessionsRefusal(
  { sessions = 0 }: RoleFacts,
  { cause, to }: Pick<LoginChange, 'cause' | 'to'>,
): StepOutcome | undefined {
  if (sessions === 0 || followsSecret(cause)) return undefined;
  const count = sessions === 1 ? 'one session' : `${sessions} sessions`;
  return {
    kind: 'refused',
    reason: `the role ${to.role} still has ${count}, and a role with sessions is not altered`,
  };
}
