import { randomUUID } from 'node:crypto';
import { releaseDeadline } from '../../engine/credential/change/finalizer-timeout.ts';
import type { LoginEvaluation, NewChange } from '../../engine/credential/change/login-observation.ts';
import { nextRotation } from '../../engine/credential/change/next-rotation.ts';
import {
  type ChangeMoment,
  isCriticalSection,
  recordAfterStep,
} from '../../engine/credential/change/phases.ts';
import { provenCredential } from '../../engine/credential/change/superseded.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import {
  type CredentialObservation,
  credentialReportOf,
  notReadyReport,
} from '../../engine/credential/status/conditions.ts';
import type { CredentialReport } from '../../engine/credential/status/status.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import { latestVersion } from '../../engine/record/record.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import { checkLogin } from './check-login.ts';
import { loginEvent } from './events.ts';
import { notReadyCondition } from './gather.ts';
import {
  type CredentialNeeds,
  loginRecordOf,
  type ReconcileInput,
  saveLoginRecord,
} from './reconcile-input.ts';
import { runStep } from './steps.ts';

export interface LoginNeeds extends CredentialNeeds {
  readonly checkTimer: LoginCheckTimer;
  readonly reportStatus: (credential: PostgresCredential, news: CredentialReport) => void;
}

/** When each login was last looked at. Nothing is lost with it: what it forgets is looked at again. */
export interface LoginCheckTimer {
  /** Milliseconds until it is to be looked at; 0: now. `resourceVersion`: of the Secret, another one is news. */
  readonly dueIn: (input: ReconcileInput) => number;
  readonly markChecked: (input: ReconcileInput, again: number) => void;
  /** Whether anybody could tell. Returns the pause after an outage: a second, and twice as long each time that nobody can. Milliseconds. */
  readonly backoffAfter: (input: ReconcileInput, isKnown: boolean) => number;
}

/** What else may be done with the Secret meanwhile. */
export interface NextActions {
  /** Its values may be written for other reasons. */
  readonly mayWrite: boolean;
  /** Those that read it may be brought to it. */
  readonly mayRollOut: boolean;
  /** Look again then; 0: at once, before anything else. Milliseconds; undefined: when something changes. */
  readonly requeueAfter: number | undefined;
}

const REQUEUE_NOW: NextActions = { mayWrite: false, mayRollOut: false, requeueAfter: 0 };

/** Between two looks at a login that is in step: a failover may have put the server back. Milliseconds. */
const CHECK_INTERVAL_MS = 60 * 1000;
/** At one that is not, and that somebody has to decide about. Milliseconds. */
const DIVERGED_CHECK_INTERVAL_MS = 5 * 60 * 1000;
/** At most between two tries of a step that is not pressing: a server that is away for a night, a session that stays. Milliseconds. */
const MAX_BACKOFF_MS = 30 * 1000;

/** Brings the login of one Secret on: looks whether it opens the server, begins what is due, and takes the steps of what was begun. */
export async function reconcileLogin(input: ReconcileInput, needs: LoginNeeds): Promise<NextActions> {
  const { change } = loginRecordOf(input);
  const actions = change === undefined ? await evaluateAndStart(input, needs) : undefined;
  if (actions !== undefined) return actions;
  // The finalizer was taken away, or the change was begun without one. Half a change does not wait for it.
  if (change !== undefined) await needs.addFinalizer(input.credential).catch(ignoreLockstepError);
  return await runChange(input, needs);
}

function ignoreLockstepError(error: unknown): void {
  if (!(error instanceof LockstepError)) throw error;
}

/** Undefined: a change has been begun. */
async function evaluateAndStart(input: ReconcileInput, needs: LoginNeeds): Promise<NextActions | undefined> {
  const { credential } = input;
  const before = loginRecordOf(input);
  const delay = before.changeRequest === undefined ? needs.checkTimer.dueIn(input) : 0;
  if (delay > 0) return actionsWithoutChange(input, before, delay);
  const { evaluation, verdict: loginResult, sentence, other: otherWriter } = await checkLogin(input, needs);
  const backoff = needs.checkTimer.backoffAfter(input, evaluation.kind !== 'unknown');
  const requeueAfter = nextCheckDelay(input, evaluation, backoff, needs);
  needs.checkTimer.markChecked(input, requeueAfter);
  if (otherWriter?.kind === 'refuse') {
    needs.reportStatus(
      credential,
      notReadyReport(credential, notReadyCondition('ManagedByOther', otherWriter.sentence)),
    );
    return { mayWrite: true, mayRollOut: true, requeueAfter: requeueAfter };
  }
  if (evaluation.kind === 'begin') {
    // An edit that has ended the change before is brought to the server too, or Secret and server would not agree.
    const mayStart = needs.deletedAt(credential) === undefined || evaluation.change.cause === 'edited';
    if (!mayStart || !(await needs.addFinalizer(credential)))
      return actionsWithoutChange(input, before, requeueAfter);
    const change = newChange(evaluation.change, needs);
    await startChange(input, before, { ...evaluation.login, change }, needs);
    return undefined;
  }
  await saveAndRecordEvent(input, before, evaluation.login, needs);
  reportStatus(
    input,
    { kind: 'looked', state: evaluation.kind, result: loginResult, sentence, warning: otherWriter?.sentence },
    needs,
  );
  return actionsWithoutChange(input, evaluation.login, requeueAfter);
}

/** When a change is due, at the latest; where one was due and could not be begun, as if none were. Milliseconds. */
function nextCheckDelay(
  { credential }: ReconcileInput,
  { kind, login }: LoginEvaluation,
  backoff: number,
  { context }: LoginNeeds,
): number {
  const defaultDelay = {
    unknown: backoff,
    'in-step': CHECK_INTERVAL_MS,
    diverged: DIVERGED_CHECK_INTERVAL_MS,
    begin: CHECK_INTERVAL_MS,
  }[kind];
  const now = context.now();
  const { next: dueAt } = nextRotation(credential, login, now);
  return dueAt === undefined || dueAt <= now
    ? defaultDelay
    : Math.min(defaultDelay, dueAt.getTime() - now.getTime());
}

/** A rollout that has stopped has done so with what the Secret held before: it says nothing of what this change brings. A rotation waits for it. */
async function startChange(
  input: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  needs: LoginNeeds,
): Promise<void> {
  const { session } = input;
  const { rollout, ...record } = session.current();
  const isCorrection = after.change?.cause !== 'schedule' && after.change?.cause !== 'requested';
  const resumed =
    isCorrection && rollout?.stopped !== undefined ? { ...rollout, stopped: undefined } : rollout;
  await session.save({ ...record, rollout: resumed, login: after });
  recordLoginEvent(input, before, after, needs);
}

/** As it is before anything of it was done. */
export function newChange(start: NewChange, { context }: Pick<LoginNeeds, 'context'>): LoginChange {
  const now = context.now();
  return { id: randomUUID(), since: now, phase: 'preflight', entered: now, fault: undefined, ...start };
}

/** Nobody is restarted with a password that does not open the server, or may not. */
function actionsWithoutChange(
  { secretCredential }: ReconcileInput,
  { current, diverged }: LoginRecord,
  requeueAfter: number,
): NextActions {
  const isProven = isSameCredential(current, secretCredential) && diverged === undefined;
  return { mayWrite: true, mayRollOut: isProven, requeueAfter };
}

/** Step by step, without a pause where there is none to be made: between some of them nobody can log in. */
async function runChange(input: ReconcileInput, needs: LoginNeeds): Promise<NextActions> {
  try {
    for (;;) {
      const login = loginRecordOf(input);
      const { change } = login;
      if (change === undefined) {
        needs.checkTimer.markChecked(input, 0);
        return REQUEUE_NOW;
      }
      const result = await runStep(input, change, needs);
      if (result.kind === 'wait') {
        const { allowsRollout = false } = result;
        const requeueAfter = Math.max(result.retryAfter, backoffFor(change, result.retryAfter, needs));
        reportStatus(input, { kind: 'changing', change, waitsFor: result.for }, needs);
        const isProven = isSameCredential(provenCredential(change), input.secretCredential);
        // What those that read it do is looked at when they are brought on.
        return {
          mayWrite: change.phase === 'drain',
          mayRollOut: isProven && (allowsRollout || change.phase === 'drain'),
          requeueAfter: allowsRollout && requeueAfter === 0 ? CHECK_INTERVAL_MS : requeueAfter,
        };
      }
      await saveAndRecordEvent(
        input,
        login,
        recordAfterStep(login, change, result, currentMoment(input, needs)),
        needs,
      );
      // The Secret may be another one by now.
      if (change.phase === 'publish' || change.phase === 'rollback-publish') return REQUEUE_NOW;
    }
  } catch (error) {
    if (isConflict(error)) return REQUEUE_NOW;
    throw error;
  }
}

/** What has not come about for a while is asked after less often: a server that is away for a night, a session that stays. Milliseconds. */
function backoffFor(change: LoginChange, minimum: number, { context }: LoginNeeds): number {
  if (minimum === 0) return 0;
  const waited = context.now().getTime() - change.entered.getTime();
  return Math.min(waited / 10, isCriticalSection(change) ? MAX_CRITICAL_BACKOFF_MS : MAX_BACKOFF_MS);
}

/** Nobody may get in meanwhile. Milliseconds. */
const MAX_CRITICAL_BACKOFF_MS = 5000;

const currentMoment = ({ session }: ReconcileInput, { context }: LoginNeeds): ChangeMoment => ({
  now: context.now(),
  version: latestVersion(session.current()).number,
});

async function saveAndRecordEvent(
  input: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  needs: LoginNeeds,
): Promise<void> {
  await saveLoginRecord(input, after);
  recordLoginEvent(input, before, after, needs);
}

function recordLoginEvent(
  { observed }: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  needs: LoginNeeds,
): void {
  const event = loginEvent(before, after);
  if (event !== undefined) needs.recordEvent(observed, event);
}

function reportStatus(
  { credential, session }: ReconcileInput,
  observation: CredentialObservation,
  needs: LoginNeeds,
): void {
  const deletedAt = needs.deletedAt(credential);
  const credentialReport = credentialReportOf(
    credential,
    session.current(),
    observation,
    needs.context.now(),
    deletedAt && releaseDeadline(deletedAt),
  );
  if (credentialReport !== undefined) needs.reportStatus(credential, credentialReport);
}
