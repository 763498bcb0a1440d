import { randomUUID } from 'node:crypto';
import { letGoAt } from '../../engine/credential/change/finalizer-timeout.ts';
import type { Begin, Standing } from '../../engine/credential/change/login-observation.ts';
import { dueRotation } from '../../engine/credential/change/next-rotation.ts';
import { afterStepOf, isPressing, type Moment } from '../../engine/credential/change/phases.ts';
import { provenIn } from '../../engine/credential/change/superseded.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { type Finding, newsOf, notReady } from '../../engine/credential/status/conditions.ts';
import type { CredentialNews } from '../../engine/credential/status/status.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange, LoginRecord } from '../../engine/record/login-record.ts';
import { latest } from '../../engine/record/record.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import { lookAtLogin } from './check-login.ts';
import { loginNews } from './events.ts';
import { unready } from './gather.ts';
import { type CredentialNeeds, loginOf, type Scene, saveLogin } from './reconcile-input.ts';
import { takeStep } from './steps.ts';

export interface LoginNeeds extends CredentialNeeds {
  readonly checks: LoginChecks;
  readonly report: (credential: PostgresCredential, news: CredentialNews) => void;
}

/** When each login was last looked at. Nothing is lost with it: what it forgets is looked at again. */
export interface LoginChecks {
  /** Milliseconds until it is to be looked at; 0: now. `resourceVersion`: of the Secret, another one is news. */
  readonly dueIn: (scene: Scene) => number;
  readonly done: (scene: Scene, again: number) => void;
  /** Whether anybody could tell. Returns the pause after an outage: a second, and twice as long each time that nobody can. Milliseconds. */
  readonly told: (scene: Scene, isTold: boolean) => number;
}

/** What else may be done with the Secret meanwhile. */
export interface Turn {
  /** Its values may be written for other reasons. */
  readonly mayWrite: boolean;
  /** Those that read it may be brought to it. */
  readonly mayBring: boolean;
  /** Look again then; 0: at once, before anything else. Milliseconds; undefined: when something changes. */
  readonly after: number | undefined;
}

const AT_ONCE: Turn = { mayWrite: false, mayBring: false, after: 0 };

/** Between two looks at a login that is in step: a failover may have put the server back. Milliseconds. */
const LOOK = 60 * 1000;
/** At one that is not, and that somebody has to decide about. Milliseconds. */
const LOOK_SELDOM = 5 * 60 * 1000;
/** At most between two tries of a step that is not pressing: a server that is away for a night, a session that stays. Milliseconds. */
const LONGEST_PAUSE = 30 * 1000;

/** Brings the login of one Secret on: looks whether it opens the server, begins what is due, and takes the steps of what was begun. */
export async function bringLogin(scene: Scene, needs: LoginNeeds): Promise<Turn> {
  const { change } = loginOf(scene);
  const turn = change === undefined ? await stand(scene, needs) : undefined;
  if (turn !== undefined) return turn;
  // The finalizer was taken away, or the change was begun without one. Half a change does not wait for it.
  if (change !== undefined) await needs.hold(scene.credential).catch(unlessFault);
  return await carryOut(scene, needs);
}

function unlessFault(error: unknown): void {
  if (!(error instanceof LockstepError)) throw error;
}

/** Undefined: a change has been begun. */
async function stand(scene: Scene, needs: LoginNeeds): Promise<Turn | undefined> {
  const { credential } = scene;
  const before = loginOf(scene);
  const wait = before.wish === undefined ? needs.checks.dueIn(scene) : 0;
  if (wait > 0) return standingTurn(scene, before, wait);
  const { standing, verdict, sentence, other } = await lookAtLogin(scene, needs);
  const pause = needs.checks.told(scene, standing.kind !== 'unknown');
  const again = lookAgain(scene, standing, pause, needs);
  needs.checks.done(scene, again);
  if (other?.kind === 'refuse') {
    needs.report(credential, notReady(credential, unready('ManagedByOther', other.sentence)));
    return { mayWrite: true, mayBring: true, after: again };
  }
  if (standing.kind === 'begin') {
    // An edit that has ended the change before is brought to the server too, or Secret and server would not agree.
    const mayBegin = needs.deletedAt(credential) === undefined || standing.change.cause === 'edited';
    if (!mayBegin || !(await needs.hold(credential))) return standingTurn(scene, before, again);
    const change = newChange(standing.change, needs);
    await begin(scene, before, { ...standing.login, change }, needs);
    return undefined;
  }
  await save(scene, before, standing.login, needs);
  report(
    scene,
    { kind: 'looked', standing: standing.kind, verdict, sentence, beware: other?.sentence },
    needs,
  );
  return standingTurn(scene, standing.login, again);
}

/** When a change is due, at the latest; where one was due and could not be begun, as if none were. Milliseconds. */
function lookAgain(
  { credential }: Scene,
  { kind, login }: Standing,
  pause: number,
  { around }: LoginNeeds,
): number {
  const usual = { unknown: pause, 'in-step': LOOK, diverged: LOOK_SELDOM, begin: LOOK }[kind];
  const now = around.now();
  const { next } = dueRotation(credential, login, now);
  return next === undefined || next <= now ? usual : Math.min(usual, next.getTime() - now.getTime());
}

/** A rollout that has stopped has done so with what the Secret held before: it says nothing of what this change brings. A rotation waits for it. */
async function begin(
  scene: Scene,
  before: LoginRecord,
  after: LoginRecord,
  needs: LoginNeeds,
): Promise<void> {
  const { book } = scene;
  const { rollout, ...record } = book.record();
  const isMending = after.change?.cause !== 'schedule' && after.change?.cause !== 'requested';
  const resumed = isMending && rollout?.stopped !== undefined ? { ...rollout, stopped: undefined } : rollout;
  await book.save({ ...record, rollout: resumed, login: after });
  tellNews(scene, before, after, needs);
}

/** As it is before anything of it was done. */
export function newChange(begins: Begin, { around }: Pick<LoginNeeds, 'around'>): LoginChange {
  const now = around.now();
  return { id: randomUUID(), since: now, phase: 'preflight', entered: now, fault: undefined, ...begins };
}

/** Nobody is restarted with a password that does not open the server, or may not. */
function standingTurn({ written }: Scene, { current, diverged }: LoginRecord, after: number): Turn {
  const isProven = isSameCredential(current, written) && diverged === undefined;
  return { mayWrite: true, mayBring: isProven, after };
}

/** Step by step, without a pause where there is none to be made: between some of them nobody can log in. */
async function carryOut(scene: Scene, needs: LoginNeeds): Promise<Turn> {
  try {
    for (;;) {
      const login = loginOf(scene);
      const { change } = login;
      if (change === undefined) {
        needs.checks.done(scene, 0);
        return AT_ONCE;
      }
      const taken = await takeStep(scene, change, needs);
      if (taken.kind === 'wait') {
        const { brings = false } = taken;
        const after = Math.max(taken.after, patience(change, taken.after, needs));
        report(scene, { kind: 'changing', change, waitsFor: taken.for }, needs);
        const isProven = isSameCredential(provenIn(change), scene.written);
        // What those that read it do is looked at when they are brought on.
        return {
          mayWrite: change.phase === 'drain',
          mayBring: isProven && (brings || change.phase === 'drain'),
          after: brings && after === 0 ? LOOK : after,
        };
      }
      await save(scene, login, afterStepOf(login, change, taken, momentOf(scene, needs)), needs);
      // The Secret may be another one by now.
      if (change.phase === 'publish' || change.phase === 'rollback-publish') return AT_ONCE;
    }
  } catch (error) {
    if (isConflict(error)) return AT_ONCE;
    throw error;
  }
}

/** What has not come about for a while is asked after less often: a server that is away for a night, a session that stays. Milliseconds. */
function patience(change: LoginChange, after: number, { around }: LoginNeeds): number {
  if (after === 0) return 0;
  const waited = around.now().getTime() - change.entered.getTime();
  return Math.min(waited / 10, isPressing(change) ? LONGEST_PRESSING : LONGEST_PAUSE);
}

/** Nobody may get in meanwhile. Milliseconds. */
const LONGEST_PRESSING = 5000;

const momentOf = ({ book }: Scene, { around }: LoginNeeds): Moment => ({
  now: around.now(),
  version: latest(book.record()).number,
});

async function save(scene: Scene, before: LoginRecord, after: LoginRecord, needs: LoginNeeds): Promise<void> {
  await saveLogin(scene, after);
  tellNews(scene, before, after, needs);
}

function tellNews({ held }: Scene, before: LoginRecord, after: LoginRecord, needs: LoginNeeds): void {
  const news = loginNews(before, after);
  if (news !== undefined) needs.tell(held, news);
}

function report({ credential, book }: Scene, found: Finding, needs: LoginNeeds): void {
  const deletedAt = needs.deletedAt(credential);
  const news = newsOf(credential, book.record(), found, needs.around.now(), deletedAt && letGoAt(deletedAt));
  if (news !== undefined) needs.report(credential, news);
}
