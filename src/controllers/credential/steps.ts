import { isOverlapping, type StepResult } from '../../engine/login/change/phases.ts';
import { isFinal, isPasswordCorrect, isRefused } from '../../engine/login/result/login-result.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Deps } from '../reconciler-deps.ts';
import { type CopyDeps, copiesRolledOut, publishCopies } from './copies.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import { loginLabelsOf, loginRecordOf, type ReconcileInput, tryLogin } from './reconcile-input.ts';
import { drain, finalize, recheckLogin, superseded, wasReapplied } from './retire.ts';
import {
  DONE,
  failed,
  RETRY_SHORTLY_MS,
  RETRY_SOON_MS,
  refused,
  type StepOutcome,
  waitForServer,
  waitWithRollout,
} from './step-outcome.ts';

/** The reach of a step. It restarts no consumer. */
export type StepDeps = CopyDeps;

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
      (await superseded(input, change)) ??
      (await setAgainIfLost(input, change, deps)) ??
      (await STEP_FUNCTIONS[change.phase](input, change, deps))
    );
  } catch (error) {
    return resultOfError(error, input, change);
  }
}

type StepFunction = (
  input: ReconcileInput,
  change: LoginChange,
  deps: StepDeps,
) => Promise<StepOutcome> | StepOutcome;

const STEP_FUNCTIONS: Readonly<Record<LoginChange['phase'], StepFunction>> = {
  preflight,
  apply: (input, change) => input.server.setPassword(input, change),
  verify: (input, { to, entered }, deps) => verifyLogin(input, to, entered, deps),
  publish: publishEverywhere,
  rollout: rolledOut,
  drain: (input, { from, to, entered }, deps) => drain(input, { retiring: from, current: to, entered }, deps),
  finalize,
  'rollback-apply': undoApply,
  'rollback-verify': (input, { from, entered }, deps) => verifyLogin(input, from, entered, deps),
  'rollback-publish': publishEverywhere,
  'rollback-rollout': rolledBack,
  'rollback-drain': (input, { from, to, entered }, deps) =>
    drain(input, { retiring: to, current: from, entered }, deps),
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
  deps: Deps<'emit'>,
): Promise<StepOutcome | undefined> {
  const side = ACTIVE_SIDE[change.phase];
  const credential = side && change[side];
  const isSame = loginRecordOf(input).secret === input.observed.uid;
  return isSame || credential === undefined ? undefined : await recheckLogin(input, credential, deps);
}

/**
 * A server with both passwords has lost the new one, by a restart without a file for its users. It gets it again. If
 * the login from before fails too, another client has changed the server.
 */
async function setAgainIfLost(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'emit'>,
): Promise<StepOutcome | undefined> {
  const { from, to, phase, overlaps } = change;
  if (overlaps !== true || from === undefined || ACTIVE_SIDE[phase] !== 'to') return undefined;
  if (!isRefused(await tryLogin(input, input.target, to, deps))) return undefined;
  if (!isPasswordCorrect(await tryLogin(input, input.target, from, deps))) return undefined;
  const result = await input.server.setPassword(input, change);
  if (result.kind === 'done') return undefined;
  return result.kind === 'refused' ? failed(result.reason) : result;
}

function resultOfError(error: unknown, { server }: ReconcileInput, change: LoginChange): StepOutcome {
  if (!(error instanceof LockstepError)) throw error;
  switch (server.errorKind(error)) {
    case 'refused':
      return refusalIn(change, error.message);
    case 'busy':
      return waitForServer(error.message, RETRY_SOON_MS);
    case 'away':
      return waitForServer(error.message, RETRY_SHORTLY_MS);
    case undefined:
      throw error;
  }
}

function refusalIn(change: LoginChange, reason: string): StepResult {
  const { phase } = change;
  if (phase === 'preflight' || phase === 'apply') return refused(reason);
  // In an overlapping change, this login is not in use, and may never have been set.
  return phase === 'rollback-apply' && isOverlapping(change) ? DONE : failed(reason);
}

/** A pooler, or a standby that answers, may be a moment behind. */
const VERIFY_TIMEOUT_MS = 5000;

async function verifyLogin(
  input: ReconcileInput,
  credential: Credential | undefined,
  entered: Date,
  deps: Deps<'clock' | 'emit'>,
): Promise<StepOutcome> {
  if (credential === undefined) return DONE;
  const loginResult = await tryLogin(input, input.target, credential, deps);
  // A server that asks for no password proves none. The answer to `apply` is enough.
  if (loginResult.kind === 'ok') return DONE;
  const reason = loginLabelsOf(input).sentence(credential.role, loginResult);
  // A clock that was set back must not extend the wait, because every login fails during it.
  const isOver = Math.abs(deps.clock.now().getTime() - entered.getTime()) > VERIFY_TIMEOUT_MS;
  if (isOver && isFinal(loginResult)) return failed(reason);
  return waitForServer(reason, isFinal(loginResult) ? RETRY_SOON_MS : RETRY_SHORTLY_MS);
}

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
  if (stopped !== undefined) return failed(`${stopped.workload} ${stopped.reason}`);
  const { workload, leftToReloader: isLeftToReloader } = current ?? {};
  return waitWithRollout({ kind: 'rollout', workload, isLeftToReloader }, 0);
}

/** A workload that does not start with its earlier login has another fault. The rollout reports it. */
async function rolledBack(input: ReconcileInput, change: LoginChange, deps: CopyDeps): Promise<StepOutcome> {
  const own = ownRollout(input);
  return own.kind === 'wait' ? own : ((await copiesRolledOut(input, change, deps)) ?? DONE);
}

async function undoApply(input: ReconcileInput, change: LoginChange): Promise<StepOutcome> {
  if (change.from === undefined) return failed('the earlier password is unknown');
  const reapplied = isOverlapping(change) ? wasReapplied(input, change.to) : undefined;
  return reapplied ?? (await input.server.undo(input, change));
}
