import { type StepEnd, strategyOf } from '../../engine/credential/change/phases.ts';
import { isRefused, type LoginVerdict } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors.ts';
import { preflight } from './preflight.ts';
import { publish } from './publish.ts';
import { type CredentialNeeds, isStillAt, loginOf, onServer, type Scene, toldIn } from './reconcile-input.ts';
import { drained, finalize, stillProven, wantedAfterAll } from './retire.ts';
import {
  cameNotIn,
  DONE,
  knownAlternate,
  oidOf,
  SHORTLY,
  SOON,
  sessionsLeft,
  type Taken,
  waitForServer,
} from './step-outcome.ts';
import { superseded } from './superseded.ts';

/** Takes one step of a change; the record says already that it is being taken. Whatever was done of it before is not done twice. */
export async function takeStep(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  try {
    return (
      (await doubtOf(scene, change, needs)) ??
      (await superseded(scene, change, needs)) ??
      (await STEPS[change.phase](scene, change, needs))
    );
  } catch (error) {
    return ofError(error, change);
  }
}

type Step = (scene: Scene, change: LoginChange, needs: CredentialNeeds) => Promise<Taken> | Taken;

const STEPS: Readonly<Record<LoginChange['phase'], Step>> = {
  preflight,
  apply,
  verify: (scene, { to, entered }, needs) => proven(scene, to, entered, needs),
  publish,
  rollout: brought,
  drain: (scene, { from, to, entered }, needs) => drained(scene, { left: from, by: to, entered }, needs),
  finalize,
  'rollback-apply': undoApply,
  'rollback-verify': (scene, { from, entered }, needs) => proven(scene, from, entered, needs),
  'rollback-publish': publish,
  'rollback-rollout': broughtBack,
  'rollback-drain': (scene, { from, to, entered }, needs) =>
    drained(scene, { left: to, by: from, entered }, needs),
};

/** What the server was proven to have by then. */
const IN_FORCE: Partial<Readonly<Record<LoginChange['phase'], 'to' | 'from'>>> = {
  publish: 'to',
  rollout: 'to',
  drain: 'to',
  finalize: 'to',
  'rollback-publish': 'from',
  'rollback-rollout': 'from',
};

/** A Secret that was made anew may have come from a backup, and the record with it, in which a change was under way that has long been over. */
async function doubtOf(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  const side = IN_FORCE[change.phase];
  const credential = side && change[side];
  const isSame = loginOf(scene).secret === scene.held.uid;
  return isSame || credential === undefined ? undefined : await stillProven(scene, credential, needs);
}

function ofError(error: unknown, change: LoginChange): Taken {
  if (!(error instanceof LockstepError)) throw error;
  switch (error.code) {
    case 'LOCKSTEP_POSTGRES_REFUSED':
      return refusedIn(change, error.message);
    case 'LOCKSTEP_POSTGRES_CONCURRENT_CHANGE':
      return waitForServer(error.message, SOON);
    case 'LOCKSTEP_POSTGRES_CONNECTION_FAILURE':
    case 'LOCKSTEP_POSTGRES_COMMIT_UNKNOWN':
    case 'LOCKSTEP_POSTGRES_LOGIN':
      return waitForServer(error.message, SHORTLY);
    default:
      throw error;
  }
}

function refusedIn(change: LoginChange, reason: string): StepEnd {
  const { phase } = change;
  if (phase === 'preflight' || phase === 'apply') return { kind: 'refused', reason };
  // Of a pair it is the role that nobody works with, and may never have been altered.
  return phase === 'rollback-apply' && strategyOf(change) === 'AlternatingUsers'
    ? DONE
    : { kind: 'failed', reason };
}

/** The password becomes that of the role, in one transaction that leaves its mark. */
async function apply(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { id, from, to } = change;
  const end = await onServer(
    scene,
    [from, to],
    async (server, by) => {
      // Only a role that has the new password already gets in by it.
      if (by === to) return DONE;
      if (strategyOf(change) === 'AlternatingUsers') {
        const unfit = await prepareAlternate(scene, change, server);
        if (unfit !== undefined) return unfit;
      }
      const role = await server.role(to.role);
      if (role?.mark !== id) {
        const isStill = isStillAt(scene, change, needs);
        await server.setPassword(to.role, to.password, id, isStill, oidOf(scene, to.role));
      }
      return DONE;
    },
    needs,
  );
  return end.kind === 'did' ? end.result : cameNotIn(end);
}

async function prepareAlternate(
  scene: Scene,
  change: LoginChange,
  server: RoleServer,
): Promise<Taken | undefined> {
  const { to } = change;
  const { owner } = loginOf(scene);
  const role = await server.role(to.role);
  const unfit = role && sessionsLeft(role, change);
  if (unfit !== undefined) return unfit;
  if (to.role === owner) return undefined;
  const known = knownAlternate(scene, change);
  const oid = await server.makeAlternate(owner, to.role, known);
  return oid === known.oid ? undefined : { kind: 'made', alternate: { role: to.role, oid } };
}

/** A pooler, or a standby that answers, may be a moment behind. Milliseconds. */
const PROOF_PATIENCE = 5000;

async function proven(
  scene: Scene,
  credential: Credential | undefined,
  entered: Date,
  { tryLogin, around }: CredentialNeeds,
): Promise<Taken> {
  if (credential === undefined) return DONE;
  const verdict = await tryLogin(scene.target, credential);
  // Where no password is asked for, none is proven, and none is needed: the COMMIT was answered.
  if (verdict.kind === 'ok') return DONE;
  const reason = toldIn(scene).sentence(credential.role, verdict);
  // A clock that was put back would have nobody let in until it is there again.
  const isOver = Math.abs(around.now().getTime() - entered.getTime()) > PROOF_PATIENCE;
  if (isOver && isFinal(verdict)) return { kind: 'failed', reason };
  return waitForServer(reason, isFinal(verdict) ? SOON : SHORTLY);
}

/** That somebody may come in by it some time later is not to be expected. */
const isFinal = (verdict: LoginVerdict): boolean =>
  isRefused(verdict) || ['no-database', 'no-connect-right', 'pg-hba'].includes(verdict.kind);

/** Those that read the Secret are restarted by the same steps as after any other change of it. */
function brought({ book, mandate }: Scene): Taken {
  const { rollout } = book.record();
  if (rollout === undefined || !mandate.restarts) return DONE;
  const { stopped, current } = rollout;
  if (stopped !== undefined) return { kind: 'failed', reason: `${stopped.workload} ${stopped.reason}` };
  return { kind: 'wait', for: { kind: 'rollout', workload: current?.workload }, after: 0, brings: true };
}

/** What does not come up with what it had before has another illness: it is told of as of any rollout. */
function broughtBack(scene: Scene): Taken {
  const taken = brought(scene);
  return taken.kind === 'failed' ? DONE : taken;
}

/** A second login that lockstep has not made was never given a password either. */
const isOurs = (scene: Scene, role: string): boolean =>
  role === loginOf(scene).owner || oidOf(scene, role) !== undefined;

async function undoApply(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { from, to } = change;
  if (from === undefined) return { kind: 'failed', reason: 'nobody knows the password from before' };
  const isPair = strategyOf(change) === 'AlternatingUsers';
  const wanted = isPair ? wantedAfterAll(scene, to) : undefined;
  if (wanted !== undefined) return wanted;
  const isStill = isStillAt(scene, change, needs);
  const end = await onServer(
    scene,
    [to, from],
    async (server, by) => {
      if (isPair) {
        if (isOurs(scene, to.role) && (await server.role(to.role)) !== undefined)
          await server.setPassword(to.role, undefined, undefined, isStill, oidOf(scene, to.role));
      } else if (by !== from) await server.setPassword(from.role, from.password, undefined, isStill);
      return DONE;
    },
    needs,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? { kind: 'failed', reason: end.reason } : cameNotIn(end);
}
