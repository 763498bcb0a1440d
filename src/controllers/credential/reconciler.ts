import { randomUUID } from 'node:crypto';
import type { LoginEvaluation, NewChange } from '../../engine/login/change/login-observation.ts';
import { nextRotation } from '../../engine/login/change/next-rotation.ts';
import { type ChangeMoment, isCriticalSection, recordAfterStep } from '../../engine/login/change/phases.ts';
import { provenCredential } from '../../engine/login/change/superseded.ts';
import { notReadyCondition, notReadyReport } from '../../engine/login/status/conditions.ts';
import { isSameCredential } from '../../engine/secret/record/credential.ts';
import {
  followsSecret,
  type LoginChange,
  type LoginRecord,
} from '../../engine/secret/record/login-record.ts';
import { latestVersion } from '../../engine/secret/record/record.ts';
import { isConflict } from '../../errors/errors.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import { checkLogin } from './check-login.ts';
import { copyWarning } from './copies.ts';
import { returnLogin } from './publish.ts';
import { loginRecordOf, type ReconcileInput } from './reconcile-input.ts';
import { emitLoginEvents, ignoreLockstepError, reportStatus, saveAndEmit } from './report-login.ts';
import { runStep, type StepDeps } from './steps.ts';

type LoginDeps = StepDeps & Deps<'checkTimer' | 'mayWrite'>;

/** The other actions that the Secret allows in this pass. */
export interface NextActions {
  /** Its values may be written for other reasons. */
  readonly mayWrite: boolean;
  /** Its consumers may be rolled out. */
  readonly mayRollOut: boolean;
  /**
   * Milliseconds until the next reconcile. 0 means at once, before any other action. Undefined means at the next
   * change.
   */
  readonly requeueAfter: number | undefined;
}

const REQUEUE_NOW: NextActions = { mayWrite: false, mayRollOut: false, requeueAfter: 0 };

/** The time between two checks of a synced login: a failover may have restored an earlier state of the server. */
const CHECK_INTERVAL_MS = 60 * 1000;
/** The time between two checks of a diverged login, about which a person must decide. */
const DIVERGED_CHECK_INTERVAL_MS = 5 * 60 * 1000;
/**
 * The longest delay between two attempts of a step outside the critical section. A server may be away for hours, and a
 * session may stay open.
 */
const MAX_BACKOFF_MS = 30 * 1000;

/**
 * Reconciles the login of one Secret: checks whether it opens the server, starts a due change, and executes the steps
 * of the change.
 */
export async function reconcileLogin(input: ReconcileInput, deps: LoginDeps): Promise<NextActions> {
  const { change } = loginRecordOf(input);
  const actions = change === undefined ? await evaluateAndStart(input, deps) : undefined;
  if (actions !== undefined) return actions;
  // The finalizer was removed, or the change started without one. The change continues, even if adding it fails.
  if (change !== undefined) await deps.credentials.finalizer.add(input.credential).catch(ignoreLockstepError);
  return await runChange(input, deps);
}

/** Undefined if a change has started. */
async function evaluateAndStart(input: ReconcileInput, deps: LoginDeps): Promise<NextActions | undefined> {
  const { credential } = input;
  const before = loginRecordOf(input);
  const delay = before.changeRequest === undefined ? deps.checkTimer.dueIn(input) : 0;
  if (delay > 0) return actionsWithoutChange(input, before, delay);
  const editDelay = isEdited(input, before) ? deps.checkTimer.changeDelay(input, 'edited') : 0;
  if (editDelay > 0) return waitWithEdit(input, editDelay, deps);
  const past = { wasRestoredOften: deps.checkTimer.changeDelay(input, 'restored') > 0 };
  const { evaluation, loginResult, sentence, otherManager, warning } = await checkLogin(input, deps, past);
  const backoff = deps.checkTimer.backoffAfter(input, evaluation.kind !== 'unknown');
  const requeueAfter = nextCheckDelay(input, evaluation, backoff, deps);
  // Only after its result is saved: a check with a lost result is repeated at once.
  const markChecked = (): void => deps.checkTimer.markChecked(input, requeueAfter);
  if (otherManager?.kind === 'conflict') {
    markChecked();
    const condition = notReadyCondition('ManagedByOther', otherManager.sentence);
    deps.emit({ kind: 'credential-status', credential, report: notReadyReport(credential, condition) });
    return { mayWrite: true, mayRollOut: true, requeueAfter: requeueAfter };
  }
  if (evaluation.kind === 'begin') {
    // An edit can end a change in progress. It is applied to the server too, or else Secret and server would not agree.
    const mayStart =
      deps.credentials.finalizer.deletedAt(credential) === undefined ||
      followsSecret(evaluation.change.cause);
    if (!mayStart || !(await deps.credentials.finalizer.add(credential))) {
      markChecked();
      return actionsWithoutChange(input, before, requeueAfter);
    }
    const change = newChange(evaluation.change, input, deps);
    await startChange(input, before, { ...evaluation.login, change }, deps);
    if (change.cause === 'edited' || change.cause === 'restored')
      deps.checkTimer.countChange(input, change.cause);
    markChecked();
    return undefined;
  }
  if (evaluation.kind === 'restore' && (await returnLogin(input, evaluation, deps))) return REQUEUE_NOW;
  await saveAndEmit(input, before, evaluation.login, deps);
  markChecked();
  reportStatus(
    input,
    {
      kind: 'looked',
      state: evaluation.kind === 'restore' ? 'diverged' : evaluation.kind,
      result: loginResult,
      sentence,
      warning: otherManager?.sentence ?? warning ?? (await copyWarning(input, deps)),
    },
    deps,
  );
  return actionsWithoutChange(input, evaluation.login, requeueAfter);
}

/** The Secret has another login than the proven one, and no person asks for anything. */
const isEdited = ({ secretCredential }: ReconcileInput, { changeRequest, current }: LoginRecord): boolean =>
  changeRequest === undefined && !isSameCredential(current, secretCredential);

/**
 * The Secret was edited too often within a minute. lockstep neither tries a login nor writes the Secret, and takes up
 * the last edit later. Status and Event are the same until then, so they are written once.
 */
function waitWithEdit(
  input: ReconcileInput,
  delay: number,
  deps: Pick<LoginDeps, 'credentials' | 'clock' | 'emit'>,
): NextActions {
  deps.emit({ kind: 'change-delayed', secret: identityOf(input.observed) });
  reportStatus(input, { kind: 'delayed' }, deps);
  return { mayWrite: false, mayRollOut: false, requeueAfter: delay };
}

/**
 * Milliseconds until the next check, which is not later than the next due change. A due change that could not start
 * does not count.
 */
function nextCheckDelay(
  { credential }: ReconcileInput,
  { kind, login }: LoginEvaluation,
  backoff: number,
  { clock }: Deps<'clock'>,
): number {
  const defaultDelay = {
    unknown: backoff,
    'in-sync': CHECK_INTERVAL_MS,
    diverged: DIVERGED_CHECK_INTERVAL_MS,
    restore: DIVERGED_CHECK_INTERVAL_MS,
    begin: CHECK_INTERVAL_MS,
  }[kind];
  const now = clock.now();
  const { next: dueAt } = nextRotation(credential, login, now);
  return dueAt === undefined || dueAt <= now
    ? defaultDelay
    : Math.min(defaultDelay, dueAt.getTime() - now.getTime());
}

/**
 * A rollout that stopped says nothing about a change that corrects the Secret, so it resumes. A rotation waits for it.
 */
async function startChange(
  input: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  deps: Deps<'clock' | 'emit' | 'workloads'>,
): Promise<void> {
  const { session } = input;
  const { rollout, ...record } = session.record();
  const isCorrection = after.change?.cause !== 'schedule' && after.change?.cause !== 'requested';
  const resumed =
    isCorrection && rollout?.stopped !== undefined ? { ...rollout, stopped: undefined } : rollout;
  await session.save({ ...record, rollout: resumed, login: after });
  await emitLoginEvents(input, before, after, deps);
}

/** A change before its first step. */
export function newChange(
  start: NewChange,
  { server }: Pick<ReconcileInput, 'server'>,
  { clock }: Deps<'clock'>,
): LoginChange {
  const now = clock.now();
  const overlaps = server.keepsBoth ? { overlaps: true as const } : {};
  return {
    id: randomUUID(),
    since: now,
    phase: 'preflight',
    entered: now,
    fault: undefined,
    ...overlaps,
    ...start,
  };
}

/** No consumer restarts with a password that does not, or may not, open the server. */
function actionsWithoutChange(
  { secretCredential }: ReconcileInput,
  { current, diverged }: LoginRecord,
  requeueAfter: number,
): NextActions {
  const isProven = isSameCredential(current, secretCredential) && diverged === undefined;
  return { mayWrite: true, mayRollOut: isProven, requeueAfter };
}

/** Runs the steps without a pause where possible: between some of them every login fails. */
async function runChange(input: ReconcileInput, deps: StepDeps & Deps<'checkTimer'>): Promise<NextActions> {
  try {
    for (;;) {
      const login = loginRecordOf(input);
      const { change } = login;
      if (change === undefined) {
        deps.checkTimer.markChecked(input, 0);
        return REQUEUE_NOW;
      }
      const result = await runStep(input, change, deps);
      if (result.kind === 'wait') {
        const { allowsRollout = false } = result;
        const requeueAfter = Math.max(result.retryAfter, backoffFor(change, result.retryAfter, deps));
        reportStatus(input, { kind: 'changing', change, waitsFor: result.for }, deps);
        const isProven = isSameCredential(provenCredential(change), input.secretCredential);
        // The rollout checks the consumers.
        return {
          mayWrite: change.phase === 'drain',
          mayRollOut: isProven && (allowsRollout || change.phase === 'drain'),
          requeueAfter: allowsRollout && requeueAfter === 0 ? CHECK_INTERVAL_MS : requeueAfter,
        };
      }
      await saveAndEmit(
        input,
        login,
        recordAfterStep(login, change, result, currentMoment(input, deps)),
        deps,
      );
      // Before that, it is not known whether they agree.
      if (change.phase !== 'preflight') for (const copy of input.credential.spec.copies) deps.enqueue(copy);
      // The Secret may have changed, so the input is outdated.
      if (change.phase === 'publish' || change.phase === 'rollback-publish') return REQUEUE_NOW;
    }
  } catch (error) {
    if (isConflict(error)) return REQUEUE_NOW;
    throw error;
  }
}

/** The longer a step waits, the rarer the attempts: a server may be away for hours, and a session may stay open. */
function backoffFor(change: LoginChange, minimum: number, { clock }: Deps<'clock'>): number {
  if (minimum === 0) return 0;
  const waited = clock.now().getTime() - change.entered.getTime();
  return Math.min(waited / 10, isCriticalSection(change) ? MAX_CRITICAL_BACKOFF_MS : MAX_BACKOFF_MS);
}

/** In the critical section every login may fail. */
const MAX_CRITICAL_BACKOFF_MS = 5000;

const currentMoment = ({ session }: ReconcileInput, { clock }: Deps<'clock'>): ChangeMoment => ({
  now: clock.now(),
  version: latestVersion(session.record()).number,
});
