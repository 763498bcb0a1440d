import { type StepResult, strategyOf } from '../../engine/credential/change/phases.ts';
import { isPasswordCorrect, isRefused } from '../../engine/login/login-result.ts';
import { type Credential, isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { Deps } from '../reconciler-deps.ts';
import { passwordSet } from './events.ts';
import {
  loginLabelsOf,
  type ReconcileInput,
  stepIsCurrent,
  tryLogin,
  withRoleServer,
} from './reconcile-input.ts';
import {
  alternateOid,
  connectFailed,
  DONE,
  RETRY_LATER_MS,
  RETRY_SHORTLY_MS,
  type StepOutcome,
  waitForServer,
} from './step-outcome.ts';

/** A person or a deployer has restored the retiring login in the Secret. From now on, consumers log in with it. */
export function wasReverted(
  { secretCredential }: ReconcileInput,
  retiring: Credential | undefined,
): StepResult | undefined {
  return isSameCredential(retiring, secretCredential)
    ? {
        kind: 'failed',
        reason: `another client has restored the login ${secretCredential.role} in the Secret`,
      }
    : undefined;
}

export const wasReapplied = (
  { secretCredential }: ReconcileInput,
  retiring: Credential,
): StepResult | undefined =>
  isSameCredential(retiring, secretCredential) ? { kind: 'overtaken' } : undefined;

/** Waits until no session uses the role, and no pod can still read its password. */
export async function drainRole(
  input: ReconcileInput,
  {
    retiring,
    current,
    entered,
  }: {
    readonly retiring: Credential | undefined;
    readonly current: Credential | undefined;
    readonly entered: Date;
  },
  deps: Deps<'databases' | 'credentials' | 'clock' | 'settings' | 'emit'>,
): Promise<StepOutcome> {
  if (retiring === undefined) return DONE;
  const waited = deps.clock.now().getTime() - entered.getTime();
  const { propagation } = deps.settings;
  const remaining = Math.min(propagation, propagation - waited);
  if (remaining > 0)
    return { kind: 'wait', for: { kind: 'propagation', role: retiring.role }, retryAfter: remaining };
  const end = await withRoleServer(input, [current], (server) => server.role(retiring.role), deps);
  if (end.kind !== 'did') return waitForServer(end.reason, RETRY_LATER_MS);
  const { sessions = 0 } = end.result ?? {};
  return sessions === 0 ? DONE : waitForSessions(retiring.role, false);
}

const waitForSessions = (role: string, isNew: boolean): StepOutcome => ({
  kind: 'wait',
  for: { kind: 'sessions', role, isNew },
  retryAfter: RETRY_SHORTLY_MS,
});

/** Removes the mark. With alternating users, the role that is no longer in use loses its password. */
export async function finalize(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'records' | 'emit'>,
): Promise<StepOutcome> {
  const { from, to } = change;
  const isAlternating = from !== undefined && strategyOf(change) === 'AlternatingUsers';
  const isStepCurrent = stepIsCurrent(input, change, deps);
  const blocker = isAlternating
    ? ((await recheckReverted(input, from, deps)) ?? (await recheckLogin(input, to, deps)))
    : undefined;
  if (blocker !== undefined) return blocker;
  const end = await withRoleServer(
    input,
    [to],
    async (server, by): Promise<StepOutcome> => {
      if (by !== 'admin') return DONE;
      if (isAlternating) {
        const role = await server.role(from.role);
        if ((role?.sessions ?? 0) > 0) return waitForSessions(from.role, true);
        if (role !== undefined) {
          await server.setPassword(
            from.role,
            undefined,
            undefined,
            isStepCurrent,
            alternateOid(input, from.role),
          );
          deps.emit(passwordSet(input, change));
        }
      }
      await server.removeMark(to.role);
      return DONE;
    },
    deps,
  );
  if (end.kind === 'did') return end.result;
  // Only cleanup is left, so the change counts as done.
  return end.kind === 'locked-out' ? DONE : connectFailed(end);
}

/** No result if the role already lost its password, and only the answer was lost. */
async function recheckReverted(
  input: ReconcileInput,
  retiring: Credential,
  deps: Deps<'databases' | 'emit'>,
): Promise<StepOutcome | undefined> {
  const reverted = wasReverted(input, retiring);
  return reverted !== undefined && isPasswordCorrect(await tryLogin(input, input.target, retiring, deps))
    ? reverted
    : undefined;
}

/** The password in use may have changed. Then the retiring login is the last one that opens the server. */
export async function recheckLogin(
  input: ReconcileInput,
  credential: Credential,
  deps: Deps<'databases' | 'emit'>,
): Promise<StepOutcome | undefined> {
  const loginResult = await tryLogin(input, input.target, credential, deps);
  if (isPasswordCorrect(loginResult)) return undefined;
  const reason = loginLabelsOf(input).sentence(credential.role, loginResult);
  return isRefused(loginResult) ? { kind: 'diverged', reason } : waitForServer(reason, RETRY_SHORTLY_MS);
}
