import { type StepResult, strategyOf } from '../../engine/credential/change/phases.ts';
import { isRefused, type LoginResult } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import {
  type CredentialNeeds,
  loginLabelsOf,
  loginRecordOf,
  type ReconcileInput,
  stepIsCurrent,
  withRoleServer,
} from './reconcile-input.ts';
import { drainRole, finalize, recheckLogin, wasReapplied } from './retire.ts';
import {
  alternateOid,
  connectFailed,
  DONE,
  knownAlternate,
  openSessionsRefusal,
  RETRY_SHORTLY_MS,
  RETRY_SOON_MS,
  type StepOutcome,
  waitForServer,
} from './step-outcome.ts';
import { superseded } from './superseded.ts';

/** Takes one step of a change; the record says already that it is being taken. Whatever was done of it before is not done twice. */
export async function runStep(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<StepOutcome> {
  try {
    return (
      (await recheckAfterRestore(input, change, needs)) ??
      (await superseded(input, change, needs)) ??
      (await STEP_FUNCTIONS[change.phase](input, change, needs))
    );
  } catch (error) {
    return resultOfError(error, change);
  }
}

type StepFunction = (
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
) => Promise<StepOutcome> | StepOutcome;

const STEP_FUNCTIONS: Readonly<Record<LoginChange['phase'], StepFunction>> = {
  preflight,
  apply,
  verify: (input, { to, entered }, needs) => verifyLogin(input, to, entered, needs),
  publish,
  rollout: rolledOut,
  drain: (input, { from, to, entered }, needs) => drainRole(input, { left: from, by: to, entered }, needs),
  finalize,
  'rollback-apply': undoApply,
  'rollback-verify': (input, { from, entered }, needs) => verifyLogin(input, from, entered, needs),
  'rollback-publish': publish,
  'rollback-rollout': rolledBack,
  'rollback-drain': (input, { from, to, entered }, needs) =>
    drainRole(input, { left: to, by: from, entered }, needs),
};

/** What the server was proven to have by then. */
const ACTIVE_SIDE: Partial<Readonly<Record<LoginChange['phase'], 'to' | 'from'>>> = {
  publish: 'to',
  rollout: 'to',
  drain: 'to',
  finalize: 'to',
  'rollback-publish': 'from',
  'rollback-rollout': 'from',
};

/** A Secret that was made anew may have come from a backup, and the record with it, in which a change was under way that has long been over. */
async function recheckAfterRestore(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<StepOutcome | undefined> {
  const side = ACTIVE_SIDE[change.phase];
  const credential = side && change[side];
  const isSame = loginRecordOf(input).secret === input.observed.uid;
  return isSame || credential === undefined ? undefined : await recheckLogin(input, credential, needs);
}

function resultOfError(error: unknown, change: LoginChange): StepOutcome {
  if (!(error instanceof LockstepError)) throw error;
  switch (error.code) {
    case 'LOCKSTEP_POSTGRES_REFUSED':
      return refusalIn(change, error.message);
    case 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE':
      return waitForServer(error.message, RETRY_SOON_MS);
    case 'LOCKSTEP_POSTGRES_CONNECTION_FAILURE':
    case 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN':
    case 'LOCKSTEP_POSTGRES_LOGIN':
      return waitForServer(error.message, RETRY_SHORTLY_MS);
    default:
      throw error;
  }
}

function refusalIn(change: LoginChange, reason: string): StepResult {
  const { phase } = change;
  if (phase === 'preflight' || phase === 'apply') return { kind: 'refused', reason };
  // Of a pair it is the role that nobody works with, and may never have been altered.
  return phase === 'rollback-apply' && strategyOf(change) === 'AlternatingUsers'
    ? DONE
    : { kind: 'failed', reason };
}

/** The password becomes that of the role, in one transaction that leaves its mark. */
async function apply(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<StepOutcome> {
  const { id, from, to } = change;
  const end = await withRoleServer(
    input,
    [from, to],
    async (server, by) => {
      // Only a role that has the new password already gets in by it.
      if (by === to) return DONE;
      if (strategyOf(change) === 'AlternatingUsers') {
        const refusal = await prepareAlternate(input, change, server);
        if (refusal !== undefined) return refusal;
      }
      const role = await server.role(to.role);
      if (role?.mark !== id) {
        const isStepCurrent = stepIsCurrent(input, change, needs);
        await server.setPassword(to.role, to.password, id, isStepCurrent, alternateOid(input, to.role));
      }
      return DONE;
    },
    needs,
  );
  return end.kind === 'did' ? end.result : connectFailed(end);
}

async function prepareAlternate(
  input: ReconcileInput,
  change: LoginChange,
  server: RoleServer,
): Promise<StepOutcome | undefined> {
  const { to } = change;
  const { owner } = loginRecordOf(input);
  const role = await server.role(to.role);
  const refusal = role && openSessionsRefusal(role, change);
  if (refusal !== undefined) return refusal;
  if (to.role === owner) return undefined;
  const expected = knownAlternate(input, change);
  const oid = await server.makeAlternate(owner, to.role, expected);
  return oid === expected.oid ? undefined : { kind: 'made', alternate: { role: to.role, oid } };
}

/** A pooler, or a standby that answers, may be a moment behind. Milliseconds. */
const VERIFY_TIMEOUT_MS = 5000;

async function verifyLogin(
  input: ReconcileInput,
  credential: Credential | undefined,
  entered: Date,
  { tryLogin, context }: CredentialNeeds,
): Promise<StepOutcome> {
  if (credential === undefined) return DONE;
  const loginResult = await tryLogin(input.target, credential);
  // Where no password is asked for, none is proven, and none is needed: the COMMIT was answered.
  if (loginResult.kind === 'ok') return DONE;
  const reason = loginLabelsOf(input).sentence(credential.role, loginResult);
  // A clock that was put back would have nobody let in until it is there again.
  const isOver = Math.abs(context.now().getTime() - entered.getTime()) > VERIFY_TIMEOUT_MS;
  if (isOver && isFinal(loginResult)) return { kind: 'failed', reason };
  return waitForServer(reason, isFinal(loginResult) ? RETRY_SOON_MS : RETRY_SHORTLY_MS);
}

/** That somebody may come in by it some time later is not to be expected. */
const isFinal = (loginResult: LoginResult): boolean =>
  isRefused(loginResult) || ['no-database', 'no-connect-right', 'pg-hba'].includes(loginResult.kind);

/** Those that read the Secret are restarted by the same steps as after any other change of it. */
function rolledOut({ session, permissions }: ReconcileInput): StepOutcome {
  const { rollout } = session.current();
  if (rollout === undefined || !permissions.mayRestart) return DONE;
  const { stopped, current } = rollout;
  if (stopped !== undefined) return { kind: 'failed', reason: `${stopped.workload} ${stopped.reason}` };
  return {
    kind: 'wait',
    for: { kind: 'rollout', workload: current?.workload },
    retryAfter: 0,
    allowsRollout: true,
  };
}

/** What does not come up with what it had before has another illness: it is told of as of any rollout. */
function rolledBack(input: ReconcileInput): StepOutcome {
  const result = rolledOut(input);
  return result.kind === 'failed' ? DONE : result;
}

/** A second login that lockstep has not made was never given a password either. */
const isManagedRole = (input: ReconcileInput, role: string): boolean =>
  role === loginRecordOf(input).owner || alternateOid(input, role) !== undefined;

async function undoApply(
  input: ReconcileInput,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<StepOutcome> {
  const { from, to } = change;
  if (from === undefined) return { kind: 'failed', reason: 'nobody knows the password from before' };
  const isAlternating = strategyOf(change) === 'AlternatingUsers';
  const reapplied = isAlternating ? wasReapplied(input, to) : undefined;
  if (reapplied !== undefined) return reapplied;
  const isStepCurrent = stepIsCurrent(input, change, needs);
  const end = await withRoleServer(
    input,
    [to, from],
    async (server, by) => {
      if (isAlternating) {
        if (isManagedRole(input, to.role) && (await server.role(to.role)) !== undefined)
          await server.setPassword(
            to.role,
            undefined,
            undefined,
            isStepCurrent,
            alternateOid(input, to.role),
          );
      } else if (by !== from) await server.setPassword(from.role, from.password, undefined, isStepCurrent);
      return DONE;
    },
    needs,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? { kind: 'failed', reason: end.reason } : connectFailed(end);
}
