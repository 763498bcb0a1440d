import { isRefused, isUnproven } from '../../engine/login/result/login-result.ts';
import { isSameCredential } from '../../engine/secret/record/credential.ts';
import { followsSecret, type LoginChange } from '../../engine/secret/record/login-record.ts';
import type { Deps } from '../reconciler-deps.ts';
import { refusalOf } from '../secret-session/execute-and-emit.ts';
import { type CopyDeps, preflightCopies } from './copies.ts';
import { publicationFor } from './publish.ts';
import { loginLabelsOf, type ReconcileInput, tryLogin } from './reconcile-input.ts';
import {
  DONE,
  RETRY_LATER_MS,
  refused,
  type StepOutcome,
  waitForServer,
  waitWithRollout,
} from './step-outcome.ts';

/** Changes no password. Every obstacle must be found here, because logins may fail from the next step on. */
export async function preflight(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome> {
  return (
    waitForRollout(input, change) ??
    waitForOtherLogin(input, change) ??
    (await checkCurrentLogin(input, change, deps)) ??
    obstacleIn(await input.server.preflight(input, change)) ??
    (await preflightSecrets(input, change, deps)) ??
    DONE
  );
}

const obstacleIn = (outcome: StepOutcome): StepOutcome | undefined =>
  outcome.kind === 'done' ? undefined : outcome;

/** The part that asks no server. */
export async function preflightInCluster(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome> {
  return (
    waitForRollout(input, change) ??
    waitForOtherLogin(input, change) ??
    (await preflightSecrets(input, change, deps)) ??
    DONE
  );
}

async function preflightSecrets(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome | undefined> {
  return (await checkMayPublish(input, change, deps)) ?? (await preflightCopies(input, change, deps));
}

/**
 * Two changes at once would hide which password a workload has. If the Secret does not open the server, its fix comes
 * first: no pod restarts with its login.
 */
function waitForRollout(
  { session, secretCredential }: ReconcileInput,
  { cause, from }: LoginChange,
): StepOutcome | undefined {
  const { rollout } = session.record();
  if (rollout === undefined || followsSecret(cause) || cause === 'rolled-back') return undefined;
  if (!isSameCredential(from, secretCredential)) return undefined;
  const { stopped } = rollout;
  return stopped === undefined
    ? waitWithRollout({ kind: 'earlier-rollout' })
    : refused(`${stopped.workload} has not taken up the version before: ${stopped.reason}`);
}

/**
 * Another login of the Secret changes, or does not open its server. Until that ends, no pod can restart. A change in
 * preflight does not count, or two changes could wait for each other.
 */
function waitForOtherLogin({ session }: ReconcileInput, { cause }: LoginChange): StepOutcome | undefined {
  if (followsSecret(cause) || cause === 'rolled-back' || cause === 'restored') return undefined;
  const { otherLogins = [] } = session.record();
  const diverged = otherLogins.find((other) => other.diverged !== undefined)?.diverged;
  if (diverged !== undefined)
    return refused(`another login of the Secret is not in sync: ${diverged.reason}`);
  const isChanging = otherLogins.some(({ change }) => change !== undefined && change.phase !== 'preflight');
  return isChanging ? waitWithRollout({ kind: 'other-login' }) : undefined;
}

async function checkCurrentLogin(
  input: ReconcileInput,
  { from, since }: LoginChange,
  deps: Deps<'clock' | 'emit'>,
): Promise<StepOutcome | undefined> {
  if (from === undefined) return undefined;
  const { target, admin } = input;
  const loginResult = await tryLogin(input, target, from, deps);
  const reason = loginLabelsOf(input).sentence(from.role, loginResult);
  if (isUnproven(loginResult)) return refused(reason);
  if (loginResult.kind === 'ok' && !loginResult.standby) return undefined;
  // An administrator gets in, whatever the password is.
  if (isRefused(loginResult)) return admin === undefined ? { kind: 'diverged', reason } : undefined;
  if (deps.clock.now().getTime() - since.getTime() > STANDBY_TIMEOUT_MS && loginResult.kind === 'ok')
    return refused(reason);
  return waitForServer(reason, RETRY_LATER_MS);
}

/** A failover takes less time than this. */
const STANDBY_TIMEOUT_MS = 10 * 60 * 1000;

async function checkMayPublish(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'secrets' | 'context' | 'credentials'>,
): Promise<StepOutcome | undefined> {
  if (input.copyReason !== undefined) return undefined;
  const edit = publicationFor(input, change, deps);
  const [refusal] = edit.refusals;
  if (refusal !== undefined)
    return refused(`the Secret could not hold it: ${refusal.key} ${refusal.message}`);
  if (edit.set.size + edit.remove.length === 0) return undefined;
  const reason = await refusalOf(deps.secrets.dryRunPatch(input.observed, edit));
  return reason === undefined ? undefined : refused(reason);
}
