import { roleNotAllowed } from '../../engine/credential/change/allowed-roles.ts';
import { foreignRoleReason } from '../../engine/credential/change/alternate-role.ts';
import { strategyOf } from '../../engine/credential/change/phases.ts';
import { isRefused, isUnproven } from '../../engine/login/login-result.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import { followsSecret, type LoginChange } from '../../engine/record/login-record.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Deps } from '../reconciler-deps.ts';
import { type CopyDeps, preflightCopies } from './copies.ts';
import { publicationFor } from './publish.ts';
import {
  alterableRoles,
  loginLabelsOf,
  loginRecordOf,
  type ReconcileInput,
  tryLogin,
  withRoleServer,
} from './reconcile-input.ts';
import {
  connectFailed,
  DONE,
  knownAlternate,
  openSessionsRefusal,
  RETRY_LATER_MS,
  type StepOutcome,
  waitForServer,
} from './step-outcome.ts';

/** Only reads. Every obstacle must be found here, because logins may fail from the next step on. */
export async function preflight(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps & Deps<'databases'>,
): Promise<StepOutcome> {
  return (
    waitForRollout(input, change) ??
    (await checkCurrentLogin(input, change, deps)) ??
    (await checkMayAlter(input, change, deps)) ??
    (await preflightSecrets(input, change, deps)) ??
    DONE
  );
}

/** The part that asks no server of PostgreSQL. */
export async function preflightInCluster(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome> {
  return waitForRollout(input, change) ?? (await preflightSecrets(input, change, deps)) ?? DONE;
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
  if (stopped !== undefined)
    return {
      kind: 'refused',
      reason: `${stopped.workload} has not taken up the version before: ${stopped.reason}`,
    };
  return {
    kind: 'wait',
    for: { kind: 'earlier-rollout' },
    retryAfter: RETRY_LATER_MS,
    allowsRollout: true,
  };
}

async function checkCurrentLogin(
  input: ReconcileInput,
  { from, since }: LoginChange,
  deps: Deps<'databases' | 'clock' | 'emit'>,
): Promise<StepOutcome | undefined> {
  if (from === undefined) return undefined;
  const { target, admin } = input;
  const loginResult = await tryLogin(input, target, from, deps);
  const reason = loginLabelsOf(input).sentence(from.role, loginResult);
  if (isUnproven(loginResult)) return { kind: 'refused', reason };
  if (loginResult.kind === 'ok' && !loginResult.standby) return undefined;
  // An administrator gets in, whatever the password is.
  if (isRefused(loginResult)) return admin === undefined ? { kind: 'diverged', reason } : undefined;
  if (deps.clock.now().getTime() - since.getTime() > STANDBY_TIMEOUT_MS && loginResult.kind === 'ok')
    return { kind: 'refused', reason };
  return waitForServer(reason, RETRY_LATER_MS);
}

/** A failover takes less time than this. */
const STANDBY_TIMEOUT_MS = 10 * 60 * 1000;

async function checkMayAlter(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'clock' | 'emit'>,
): Promise<StepOutcome | undefined> {
  const { from, to } = change;
  const isAlternating = strategyOf(change) === 'AlternatingUsers';
  const { owner } = loginRecordOf(input);
  const refusal = await checkAllowedRoles(input, isAlternating ? [owner, to.role] : [to.role], change, deps);
  if (refusal !== undefined) return refusal;
  const end = await withRoleServer(input, [from, to], (server) => server.role(to.role), deps);
  if (end.kind !== 'did') return connectFailed(end);
  if (!isAlternating)
    return singleUserRefusal(end.result, loginLabelsOf(input).roleLabel(to.role), deps.clock.now());
  return alternateUserRefusal(end.result, owner, change, knownAlternate(input, change));
}

/** The administrator changes only a role that the PostgresCredential allows or a login has proven. */
async function checkAllowedRoles(
  input: ReconcileInput,
  roles: readonly string[],
  { from, to }: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'emit'>,
): Promise<StepOutcome | undefined> {
  if (input.admin === undefined) return undefined;
  const alterable = await alterableRoles(input, [from, to], deps);
  const disallowed = roles.find((role) => !alterable.includes(role));
  return disallowed === undefined
    ? undefined
    : { kind: 'refused', reason: roleNotAllowed(loginLabelsOf(input).roleLabel(disallowed)) };
}

function singleUserRefusal(role: RoleFacts | undefined, name: string, now: Date): StepOutcome | undefined {
  const refusal = (reason: string): StepOutcome => ({ kind: 'refused', reason });
  if (role === undefined) return refusal(`there is no ${name} on the server`);
  if (!role.mayAlter) return refusal(`the role of adminSecretName may not change the password of ${name}`);
  if (!role.mayLogin) return refusal(`${name} has NOLOGIN: no password opens the server`);
  if (role.validUntil !== undefined && role.validUntil <= now)
    return refusal(`the password of ${name} has run out (VALID UNTIL): no password opens the server`);
  return undefined;
}

function alternateUserRefusal(
  role: RoleFacts | undefined,
  owner: string,
  change: LoginChange,
  expected: KnownAlternate,
): StepOutcome | undefined {
  const alternate = change.to.role;
  if (role === undefined) return undefined;
  const reason = alternate === owner ? undefined : foreignRoleReason(role, { owner, alternate }, expected);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (!role.mayAlter)
    return {
      kind: 'refused',
      reason: `the role of adminSecretName may not change the password of ${alternate}`,
    };
  return openSessionsRefusal(role, change);
}

async function checkMayPublish(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'secrets' | 'context'>,
): Promise<StepOutcome | undefined> {
  if (input.copyReason !== undefined) return undefined;
  const edit = publicationFor(input, change, deps);
  const [refusal] = edit.refusals;
  if (refusal !== undefined)
    return { kind: 'refused', reason: `the Secret could not hold it: ${refusal.key} ${refusal.message}` };
  if (edit.set.size + edit.remove.length === 0) return undefined;
  try {
    await deps.secrets.dryRunPatch(input.observed, edit);
    return undefined;
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { kind: 'refused', reason: error.message };
    throw error;
  }
}
