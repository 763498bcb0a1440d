import type { Credential } from '../engine/credential/credential.ts';
import type { LoginChange } from '../engine/credential/login-record.ts';
import { rolesOf, type StepEnd } from '../engine/credential/plan.ts';
import type { RoleFacts, RoleServer } from '../engine/credential/role-server.ts';
import { isRefused, isUnproven, type LoginVerdict } from '../engine/credential/verdict.ts';
import { verdictSentence } from '../engine/credential/verdict-sentences.ts';
import { LockstepError } from '../errors.ts';
import { publicationOf, publish } from './credential-publish.ts';
import { type CredentialNeeds, loginOf, onServer, type Scene, type ServerEnd } from './credential-scene.ts';

/** A step that is to be tried again. */
export interface Wait {
  readonly kind: 'wait';
  /** What for: completes "waiting: …". */
  readonly why: string;
  /** Milliseconds. */
  readonly after: number;
  /** Meanwhile those that read the Secret are brought to it. */
  readonly brings?: boolean;
}

type Taken = StepEnd | Wait;

const DONE: StepEnd = { kind: 'done' };

/** Takes one step of a change; the record says already that it is being taken. Whatever was done of it before is not done twice. */
export async function takeStep(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  try {
    return await STEPS[change.phase](scene, change, needs);
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
  drain: (scene, { from, entered }, needs) => drained(scene, from, entered, needs),
  finalize,
  'undo-apply': undoApply,
  'undo-verify': (scene, { from, entered }, needs) => proven(scene, from, entered, needs),
  'undo-publish': publish,
  'undo-rollout': (scene) => broughtBack(scene),
  'undo-drain': (scene, { to, entered }, needs) => drained(scene, to, entered, needs),
};

/** Of what can be tried again at once, since somebody else was first. Milliseconds. */
const SOON = 200;
/** While nobody may get in, or nobody is hindered. Milliseconds. */
const SHORTLY = 1000;
const LATER = 5000;

function ofError(error: unknown, change: LoginChange): Taken {
  if (!(error instanceof LockstepError)) throw error;
  switch (error.code) {
    case 'LOCKSTEP_POSTGRES_REFUSED':
      return refusedIn(change, error.message);
    case 'LOCKSTEP_POSTGRES_BUSY':
      return { kind: 'wait', why: error.message, after: SOON };
    case 'LOCKSTEP_POSTGRES_CUT':
    case 'LOCKSTEP_POSTGRES_LOST':
    case 'LOCKSTEP_POSTGRES_LOGIN':
      return { kind: 'wait', why: error.message, after: SHORTLY };
    default:
      throw error;
  }
}

function refusedIn(change: LoginChange, reason: string): StepEnd {
  const { phase } = change;
  if (phase === 'preflight' || phase === 'apply') return { kind: 'refused', reason };
  // Of a pair it is the role that nobody works with, and may never have been altered.
  return phase === 'undo-apply' && rolesOf(change) === 'Alternating' ? DONE : { kind: 'failed', reason };
}

/** Reads only, and whatever is wrong is found here: from the next step on logins may fail. */
async function preflight(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  return (
    awaitsConsumers(scene, change) ??
    (await serverIsAsKnown(scene, change, needs)) ??
    (await mayBeAltered(scene, change, needs)) ??
    (await mayBePublished(scene, change, needs)) ??
    DONE
  );
}

/** Two changes at once would leave nobody able to say which one a workload has. Of an edit the Secret has changed already, and may be what mends it. */
function awaitsConsumers({ book }: Scene, { cause }: LoginChange): Taken | undefined {
  const { rollout } = book.record();
  if (rollout === undefined || cause === 'edited' || cause === 'rolled-back') return undefined;
  const { stopped } = rollout;
  if (stopped !== undefined)
    return {
      kind: 'refused',
      reason: `${stopped.workload} has not taken up the version before: ${stopped.reason}`,
    };
  return {
    kind: 'wait',
    why: 'those that read the Secret are still being restarted',
    after: LATER,
    brings: true,
  };
}

async function serverIsAsKnown(
  { target, admin }: Scene,
  { from, since }: LoginChange,
  { tryLogin, around }: CredentialNeeds,
): Promise<Taken | undefined> {
  if (from === undefined) return undefined;
  const verdict = await tryLogin(target, from);
  const reason = verdictSentence(verdict, { ...target, role: from.role });
  if (isUnproven(verdict)) return { kind: 'refused', reason };
  if (verdict.kind === 'ok' && !verdict.standby) return undefined;
  // An administrator gets in, whatever the password is.
  if (isRefused(verdict)) return admin === undefined ? { kind: 'diverged', reason } : undefined;
  if (around.now().getTime() - since.getTime() > STANDBY_PATIENCE && verdict.kind === 'ok')
    return { kind: 'refused', reason };
  return { kind: 'wait', why: reason, after: LATER };
}

/** A failover is over by then. Milliseconds. */
const STANDBY_PATIENCE = 10 * 60 * 1000;

async function mayBeAltered(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  const { from, to } = change;
  const end = await onServer(scene, [from, to], (server) => server.role(to.role), needs);
  if (end.kind !== 'did') return cameNotIn(end);
  return rolesOf(change) === 'InPlace'
    ? whyNotInPlace(end.result, to.role, needs.around.now())
    : whyNotAlternate(end.result, to.role);
}

function whyNotInPlace(role: RoleFacts | undefined, name: string, now: Date): Taken | undefined {
  const refused = (reason: string): Taken => ({ kind: 'refused', reason });
  if (role === undefined) return refused(`there is no role ${name} on the server`);
  if (!role.mayAlter) return refused(`the role of adminSecretName may not change the password of ${name}`);
  if (!role.mayLogin) return refused(`the role ${name} has NOLOGIN: no password opens the server`);
  if (role.validUntil !== undefined && role.validUntil <= now)
    return refused(
      `the password of the role ${name} has run out (VALID UNTIL): no password opens the server`,
    );
  return undefined;
}

function whyNotAlternate(role: RoleFacts | undefined, name: string): Taken | undefined {
  if (role === undefined) return undefined;
  if (!role.mayAlter)
    return { kind: 'refused', reason: `the role of adminSecretName may not change the password of ${name}` };
  return sessionsLeft(role, name);
}

function sessionsLeft({ sessions = 0 }: RoleFacts, name: string): Taken | undefined {
  if (sessions === 0) return undefined;
  const count = sessions === 1 ? 'one session' : `${sessions} sessions`;
  return {
    kind: 'refused',
    reason: `the role ${name} still has ${count}, and a role with sessions is not altered`,
  };
}

async function mayBePublished(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  if (scene.isCopy !== undefined) return undefined;
  const edit = publicationOf(scene, change, needs);
  const [refusal] = edit.refusals;
  if (refusal !== undefined && change.forced !== true)
    return { kind: 'refused', reason: `the Secret could not hold it: ${refusal.key} ${refusal.message}` };
  if (edit.set.size + edit.remove.length === 0) return undefined;
  try {
    await needs.rehearse(scene.held, edit);
    return undefined;
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    if (error.code === 'LOCKSTEP_SECRET_REFUSED') return { kind: 'refused', reason: error.message };
    throw error;
  }
}

const cameNotIn = (end: Exclude<ServerEnd<unknown>, { kind: 'did' }>): Taken =>
  end.kind === 'locked-out'
    ? { kind: 'refused', reason: end.reason }
    : { kind: 'wait', why: end.reason, after: SHORTLY };

/** The password becomes that of the role, in one transaction that leaves its mark. */
async function apply(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { id, from, to } = change;
  const end = await onServer(
    scene,
    [from, to],
    async (server, by) => {
      // Only a role that has the new password already gets in by it.
      if (by === to) return DONE;
      if (rolesOf(change) === 'Alternating') {
        const unfit = await prepareAlternate(scene, to, server);
        if (unfit !== undefined) return unfit;
      }
      const role = await server.role(to.role);
      if (role?.mark !== id) await server.setPassword(to.role, to.password, id);
      return DONE;
    },
    needs,
  );
  return end.kind === 'did' ? end.result : cameNotIn(end);
}

async function prepareAlternate(
  scene: Scene,
  to: Credential,
  server: RoleServer,
): Promise<Taken | undefined> {
  const { owner } = loginOf(scene);
  const role = await server.role(to.role);
  const unfit = role && sessionsLeft(role, to.role);
  if (unfit !== undefined) return unfit;
  if (to.role !== owner) await server.makeAlternate(owner, to.role);
  return undefined;
}

/** A pooler, or a standby that answers, may be a moment behind. Milliseconds. */
const PROOF_PATIENCE = 5000;

async function proven(
  { target }: Scene,
  credential: Credential | undefined,
  entered: Date,
  { tryLogin, around }: CredentialNeeds,
): Promise<Taken> {
  if (credential === undefined) return DONE;
  const verdict = await tryLogin(target, credential);
  // Where no password is asked for, none is proven, and none is needed: the COMMIT was answered.
  if (verdict.kind === 'ok') return DONE;
  const reason = verdictSentence(verdict, { ...target, role: credential.role });
  const isOver = around.now().getTime() - entered.getTime() > PROOF_PATIENCE;
  if (isOver && isFinal(verdict)) return { kind: 'failed', reason };
  return { kind: 'wait', why: reason, after: isFinal(verdict) ? SOON : SHORTLY };
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
  const why =
    current === undefined ? 'those that read the Secret are restarted' : `${current.workload} is restarted`;
  return { kind: 'wait', why, after: 0, brings: true };
}

/** What does not come up with what it had before has another illness: it is told of as of any rollout. */
function broughtBack(scene: Scene): Taken {
  const taken = brought(scene);
  return taken.kind === 'failed' ? DONE : taken;
}

/** Nobody works with the role any more, and nobody will who reads its password late. */
async function drained(
  scene: Scene,
  left: Credential | undefined,
  entered: Date,
  needs: CredentialNeeds,
): Promise<Taken> {
  if (left === undefined) return DONE;
  const waited = needs.around.now().getTime() - entered.getTime();
  const rest = needs.propagation - waited;
  if (rest > 0) return { kind: 'wait', why: `volumes may still hold the login ${left.role}`, after: rest };
  const end = await onServer(scene, [], (server) => server.role(left.role), needs);
  if (end.kind !== 'did') return { kind: 'wait', why: end.reason, after: LATER };
  const { sessions = 0 } = end.result ?? {};
  return sessions === 0 ? DONE : { kind: 'wait', why: `${left.role} still has sessions`, after: SHORTLY };
}

/** The mark goes, and of a pair the role that nobody works with any more loses its password. */
async function finalize(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { from, to } = change;
  const end = await onServer(
    scene,
    [to],
    async (server, by) => {
      if (by !== 'admin') return DONE;
      if (from !== undefined && rolesOf(change) === 'Alternating') {
        const role = await server.role(from.role);
        if ((role?.sessions ?? 0) > 0)
          return { kind: 'wait', why: `${from.role} has a session again`, after: SHORTLY } as const;
        if (role !== undefined) await server.setPassword(from.role, undefined, undefined);
      }
      await server.unmark(to.role);
      return DONE;
    },
    needs,
  );
  if (end.kind === 'did') return end.result;
  // What is left to do is only to tidy up.
  return end.kind === 'locked-out' ? DONE : cameNotIn(end);
}

async function undoApply(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { from, to } = change;
  if (from === undefined) return { kind: 'failed', reason: 'nobody knows the password from before' };
  const isPair = rolesOf(change) === 'Alternating';
  const end = await onServer(
    scene,
    [to, from],
    async (server, by) => {
      if (isPair) {
        if ((await server.role(to.role)) !== undefined)
          await server.setPassword(to.role, undefined, undefined);
      } else if (by !== from) await server.setPassword(from.role, from.password, undefined);
      return DONE;
    },
    needs,
  );
  if (end.kind === 'did') return end.result;
  return end.kind === 'locked-out' ? { kind: 'failed', reason: end.reason } : cameNotIn(end);
}
