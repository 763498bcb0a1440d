import { type StepResult, strategyOf } from '../../engine/credential/change/phases.ts';
import { isRefused, type LoginResult } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Deps } from '../reconciler-deps.ts';
import { type CopyDeps, copiesRolledOut, publishCopies } from './copies.ts';
import { passwordSet } from './events.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import {
  loginLabelsOf,
  loginRecordOf,
  type ReconcileInput,
  stepIsCurrent,
  tryLogin,
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

/** The reach of a step. It restarts no consumer. */
export type StepDeps = CopyDeps & Deps<'databases'>;

/**
 * Executes one step of a change, after the record holds its phase. A step that was already done in part is not
 * repeated.
 */
export async function runStep(
  input: ReconcileInput,
  change: LoginChange,
  deps: StepDeps,
): Promise<StepOutcome> {
  try {
    return (
      (await recheckAfterRestore(input, change, deps)) ??
      (await superseded(input, change, deps)) ??
      (await STEP_FUNCTIONS[change.phase](input, change, deps))
    );
  } catch (error) {
    return resultOfError(error, change);
  }
}

type StepFunction = (
  input: ReconcileInput,
  change: LoginChange,
  deps: StepDeps,
) => Promise<StepOutcome> | StepOutcome;

const STEP_FUNCTIONS: Readonly<Record<LoginChange['phase'], StepFunction>> = {
  preflight,
  apply,
  verify: (input, { to, entered }, deps) => verifyLogin(input, to, entered, deps),
  publish: publishEverywhere,
  rollout: rolledOut,
  drain: (input, { from, to, entered }, deps) =>
    drainRole(input, { retiring: from, current: to, entered }, deps),
  finalize,
  'rollback-apply': undoApply,
  'rollback-verify': (input, { from, entered }, deps) => verifyLogin(input, from, entered, deps),
  'rollback-publish': publishEverywhere,
  'rollback-rollout': rolledBack,
  'rollback-drain': (input, { from, to, entered }, deps) =>
    drainRole(input, { retiring: to, current: from, entered }, deps),
};

/** The login that the server was proven to have in this phase. */
const ACTIVE_SIDE: Partial<Readonly<Record<LoginChange['phase'], 'to' | 'from'>>> = {
  publish: 'to',
  rollout: 'to',
  drain: 'to',
  finalize: 'to',
  'rollback-publish': 'from',
  'rollback-rollout': 'from',
};

/**
 * A recreated Secret may come from a backup, together with its record. A change in that record may have ended long ago.
 */
async function recheckAfterRestore(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'emit'>,
): Promise<StepOutcome | undefined> {
  const side = ACTIVE_SIDE[change.phase];
  const credential = side && change[side];
  const isSame = loginRecordOf(input).secret === input.observed.uid;
  return isSame || credential === undefined ? undefined : await recheckLogin(input, credential, deps);
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
  // With alternating users, this role is not in use, and may never have been changed.
  return phase === 'rollback-apply' && strategyOf(change) === 'AlternatingUsers'
    ? DONE
    : { kind: 'failed', reason };
}

/** Sets the password of the role, in one transaction that leaves its mark. */
async function apply(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'records' | 'emit'>,
): Promise<StepOutcome> {
  const { id, from, to } = change;
  const end = await withRoleServer(
    input,
    [from, to],
    async (server, by) => {
      // The role gets in with the new password, so the password is already set.
      if (by === to) return DONE;
      if (strategyOf(change) === 'AlternatingUsers') {
        const refusal = await prepareAlternate(input, change, server);
        if (refusal !== undefined) return refusal;
      }
      const role = await server.role(to.role);
      if (role?.mark !== id) {
        const isStepCurrent = stepIsCurrent(input, change, deps);
        await server.setPassword(to.role, to.password, id, isStepCurrent, alternateOid(input, to.role));
        deps.emit(passwordSet(input, change));
      }
      return DONE;
    },
    deps,
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

/** A pooler, or a standby that answers, may be a moment behind. */
const VERIFY_TIMEOUT_MS = 5000;

async function verifyLogin(
  input: ReconcileInput,
  credential: Credential | undefined,
  entered: Date,
  deps: Deps<'databases' | 'clock' | 'emit'>,
): Promise<StepOutcome> {
  if (credential === undefined) return DONE;
  const loginResult = await tryLogin(input, input.target, credential, deps);
  // A server that asks for no password proves none. The answered COMMIT is enough.
  if (loginResult.kind === 'ok') return DONE;
  const reason = loginLabelsOf(input).sentence(credential.role, loginResult);
  // A clock that was set back must not extend the wait, because every login fails during it.
  const isOver = Math.abs(deps.clock.now().getTime() - entered.getTime()) > VERIFY_TIMEOUT_MS;
  if (isOver && isFinal(loginResult)) return { kind: 'failed', reason };
  return waitForServer(reason, isFinal(loginResult) ? RETRY_SOON_MS : RETRY_SHORTLY_MS);
}

/** True if a later attempt is not expected to succeed. */
const isFinal = (loginResult: LoginResult): boolean =>
  isRefused(loginResult) || ['no-database', 'no-connect-right', 'pg-hba'].includes(loginResult.kind);

/** The copies come first: one that can't have the login ends the change before the Secret itself is written. */
async function publishEverywhere(
  input: ReconcileInput,
  change: LoginChange,
  deps: CopyDeps,
): Promise<StepOutcome> {
  const result = await publishCopies(input, change, deps);
  return result.kind === 'done' ? await publish(input, change, deps) : result;
}

/** The consumers of the Secret and of its copies restart in parallel. The first failure counts. */
async function rolledOut(input: ReconcileInput, change: LoginChange, deps: CopyDeps): Promise<StepOutcome> {
  const own = ownRollout(input);
  if (own.kind === 'failed') return own;
  const copies = await copiesRolledOut(input, change, deps);
  return copies?.kind === 'failed' || own.kind === 'done' ? (copies ?? own) : own;
}

/** The consumers restart by the same steps as after any other change of the Secret. */
function ownRollout({ session, permissions }: ReconcileInput): StepOutcome {
  const { rollout } = session.record();
  if (rollout === undefined || !permissions.mayRestart) return DONE;
  const { stopped, current } = rollout;
  if (stopped !== undefined) return { kind: 'failed', reason: `${stopped.workload} ${stopped.reason}` };
  return {
    kind: 'wait',
    for: { kind: 'rollout', workload: current?.workload, isLeftToReloader: current?.leftToReloader },
    retryAfter: 0,
    allowsRollout: true,
  };
}

/** A workload that does not start with its earlier login has another fault. The rollout reports it. */
async function rolledBack(input: ReconcileInput, change: LoginChange, deps: CopyDeps): Promise<StepOutcome> {
  const own = ownRollout(input);
  return own.kind === 'wait' ? own : ((await copiesRolledOut(input, change, deps)) ?? DONE);
}

/** A second role that lockstep did not make never got a password from it. */
const isManagedRole = (input: ReconcileInput, role: string): boolean =>
  role === loginRecordOf(input).owner || alternateOid(input, role) !== undefined;

async function undoApply(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'databases' | 'credentials' | 'records' | 'emit'>,
): Promise<StepOutcome> {
  const { from, to } = change;
  if (from === undefined) return { kind: 'failed', reason: 'the earlier password is unknown' };
  const isAlternating = strategyOf(change) === 'AlternatingUsers';
  const reapplied = isAlternating ? wasReapplied(input, to) : undefined;
  if (reapplied !== undefined) return reapplied;
  const isStepCurrent = stepIsCurrent(input, change, deps);
  const end = await withRoleServer(
    input,
    [to, from],
    async (server, by) => {
      const oid = alternateOid(input, to.role);
      if (isAlternating) {
        if (!isManagedRole(input, to.role) || (await server.role(to.role)) === undefined) return DONE;
        await server.setPassword(to.role, undefined, undefined, isStepCurrent, oid);
      } else {
        if (by === from) return DONE;
        await server.setPassword(from.role, from.password, undefined, isStepCurrent);
      }
      deps.emit(passwordSet(input, change));
      return DONE;
    },
    deps,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? { kind: 'failed', reason: end.reason } : connectFailed(end);
}
