import { isOverlapping, type StepResult } from '../../engine/login/change/phases.ts';
import { isSuperseded } from '../../engine/login/change/superseded.ts';
import type { CredentialSpec } from '../../engine/login/credential-schema/compile.ts';
import { isPasswordCorrect, isRefused } from '../../engine/login/result/login-result.ts';
import { CHANGES_ROLE } from '../../engine/login/server-kinds/login-roles.ts';
import { type Credential, isSameCredential } from '../../engine/secret/record/credential.ts';
import { type LoginChange, loginsOf, type Phase } from '../../engine/secret/record/login-record.ts';
import { latestVersion, type SecretRecord } from '../../engine/secret/record/record.ts';
import type { Deps } from '../reconciler-deps.ts';
import { isRollingBack } from './publish.ts';
import { loginLabelsOf, type ReconcileInput, tryLogin } from './reconcile-input.ts';
import {
  DONE,
  failed,
  RETRY_LATER_MS,
  RETRY_SHORTLY_MS,
  type StepOutcome,
  waitForServer,
  waitForSessions,
} from './step-outcome.ts';

/** Whether the login that pods of before have works until this rollout has ended, and not longer. */
export const retiresLogin = (record: SecretRecord): boolean =>
  loginsOf(record).some(
    ({ change }) => change !== undefined && isOverlapping(change) && !isRollingBack(change),
  );

/** The same for a copy, which only a login on PostgreSQL has. The change itself is in the record of its source. */
export const copyRetiresLogin = (
  record: SecretRecord,
  { strategy }: Pick<CredentialSpec, 'strategy'>,
): boolean => strategy === CHANGES_ROLE && latestVersion(record).why.kind === 'login';

/** A person or a deployer has restored the retiring login in the Secret. From now on, consumers log in with it. */
function wasReverted(
  { secretCredential }: ReconcileInput,
  retiring: Credential | undefined,
): StepResult | undefined {
  return isSameCredential(retiring, secretCredential)
    ? failed(`another client has restored the login ${secretCredential.role} in the Secret`)
    : undefined;
}

export const wasReapplied = (
  { secretCredential }: ReconcileInput,
  retiring: Credential,
): StepResult | undefined =>
  isSameCredential(retiring, secretCredential) ? { kind: 'overtaken' } : undefined;

/** Waits until no session uses the retiring login, and no pod can still read it. */
export async function drain(
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
  deps: Deps<'clock' | 'settings'>,
): Promise<StepOutcome> {
  if (retiring === undefined) return DONE;
  const waited = deps.clock.now().getTime() - entered.getTime();
  const { propagation } = deps.settings;
  const remaining = Math.min(propagation, propagation - waited);
  if (remaining > 0)
    return { kind: 'wait', for: { kind: 'propagation', role: retiring.role }, retryAfter: remaining };
  const end = await input.server.sessions(input, retiring.role, current);
  if (end.kind !== 'did') return waitForServer(end.reason, RETRY_LATER_MS);
  return (end.result ?? 0) === 0 ? DONE : waitForSessions(retiring.role, false);
}

/** Retires the login from before, unless it is in use again or the last one that opens the server. */
export async function finalize(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'emit'>,
): Promise<StepOutcome> {
  const { from, to } = change;
  const blocker =
    from !== undefined && isOverlapping(change)
      ? ((await recheckReverted(input, from, deps)) ?? (await recheckLogin(input, to, deps)))
      : undefined;
  return blocker ?? (await input.server.retire(input, change));
}

/** No result if the login was already retired, and only the answer was lost. */
async function recheckReverted(
  input: ReconcileInput,
  retiring: Credential,
  deps: Deps<'emit'>,
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
  deps: Deps<'emit'>,
): Promise<StepOutcome | undefined> {
  const loginResult = await tryLogin(input, input.target, credential, deps);
  if (isPasswordCorrect(loginResult)) return undefined;
  const reason = loginLabelsOf(input).sentence(credential.role, loginResult);
  return isRefused(loginResult) ? { kind: 'diverged', reason } : waitForServer(reason, RETRY_SHORTLY_MS);
}

/**
 * In these phases a change can be aborted, because the password on the server is known. From `apply` to `verify`, and
 * during rollback, the next steps find it out first. `finalize` is short and leaves one login.
 */
const ABORTABLE_PHASES: ReadonlySet<Phase> = new Set([
  'preflight',
  'publish',
  'rollout',
  'drain',
  'rollback-publish',
  'rollback-rollout',
  'rollback-drain',
]);

/**
 * An edit of the login ends the change in progress, before a consumer restarts with a login that the server does not
 * have.
 */
export async function superseded(
  input: ReconcileInput,
  change: LoginChange,
): Promise<StepOutcome | undefined> {
  const { phase, from } = change;
  if (!ABORTABLE_PHASES.has(phase) || !isSuperseded(input.secretCredential, change)) return undefined;
  const overlaps = isOverlapping(change);
  const isRollingOut = phase === 'rollout' || phase === 'drain';
  if (overlaps && isRollingOut && isSameCredential(from, input.secretCredential))
    return wasReverted(input, from);
  if (!overlaps || phase !== 'drain') return { kind: 'overtaken' };
  return { kind: 'overtaken', readers: (await hasSessions(input, change)) ? 'from' : 'to' };
}

/** A consumer that still works with the earlier login keeps it. Then the password of the new login changes. */
async function hasSessions(input: ReconcileInput, { from, to }: LoginChange): Promise<boolean> {
  if (from === undefined) return false;
  const end = await input.server.sessions(input, from.role, to);
  return end.kind !== 'did' || (end.result ?? 0) > 0;
}
