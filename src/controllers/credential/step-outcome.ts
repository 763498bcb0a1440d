import type { StepResult } from '../../engine/credential/change/phases.ts';
import type { WaitReason } from '../../engine/credential/status/wait-reason.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/server/role-server.ts';
import { loginRecordOf, type ReconcileInput, type ServerResult } from './reconcile-input.ts';

/** A step that is to be tried again. */
export interface StepWait {
  readonly kind: 'wait';
  readonly for: WaitReason;
  /** Milliseconds. */
  readonly retryAfter: number;
  /** Meanwhile those that read the Secret are brought to it. */
  readonly allowsRollout?: boolean;
}

export type StepOutcome = StepResult | StepWait;

export const DONE: StepResult = { kind: 'done' };

/** Of what can be tried again at once, since somebody else was first. Milliseconds. */
export const RETRY_SOON_MS = 200;
/** While nobody may get in, or nobody is hindered. Milliseconds. */
export const RETRY_SHORTLY_MS = 1000;
export const RETRY_LATER_MS = 5000;

/** The mark that tells lockstep's second login from one of another person. */
export function knownAlternate(
  input: Pick<ReconcileInput, 'session' | 'observed' | 'secretCredential'>,
  change: LoginChange,
): KnownAlternate {
  return { oid: alternateOid(input, change.to.role), mark: `made-${change.id}` };
}

/** The oid of a second login that lockstep has made. */
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

/** `after`: milliseconds. */
export const waitForServer = (message: string, after: number): StepWait => ({
  kind: 'wait',
  for: { kind: 'server', message },
  retryAfter: after,
});

/** Somebody's edit is not held up by those that have to be restarted for it. */
export function openSessionsRefusal(
  { sessions = 0 }: RoleFacts,
  { cause, to }: Pick<LoginChange, 'cause' | 'to'>,
): StepOutcome | undefined {
  if (sessions === 0 || cause === 'edited') return undefined;
  const count = sessions === 1 ? 'one session' : `${sessions} sessions`;
  return {
    kind: 'refused',
    reason: `the role ${to.role} still has ${count}, and a role with sessions is not altered`,
  };
}
