import { notAllowed } from '../../engine/credential/change/allowed-roles.ts';
import { whyNotOurs } from '../../engine/credential/change/alternate-role.ts';
import { strategyOf } from '../../engine/credential/change/phases.ts';
import { isRefused, isUnproven } from '../../engine/login/login-result.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import type { KnownAlternate, RoleFacts } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors.ts';
import { publicationOf } from './publish.ts';
import {
  type CredentialNeeds,
  changeable,
  loginOf,
  onServer,
  type Scene,
  toldIn,
} from './reconcile-input.ts';
import {
  cameNotIn,
  DONE,
  knownAlternate,
  LATER,
  sessionsLeft,
  type Taken,
  waitForServer,
} from './step-outcome.ts';

/** Reads only, and whatever is wrong is found here: from the next step on logins may fail. */
export async function preflight(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  return (
    awaitsConsumers(scene, change) ??
    (await serverIsAsKnown(scene, change, needs)) ??
    (await mayBeAltered(scene, change, needs)) ??
    (await mayBePublished(scene, change, needs)) ??
    DONE
  );
}

/**
 * Two changes at once would leave nobody able to say which one a workload has. A Secret that does not open the server is mended first: nobody is restarted
 * with what it says.
 */
function awaitsConsumers({ book, written }: Scene, { cause, from }: LoginChange): Taken | undefined {
  const { rollout } = book.record();
  if (rollout === undefined || cause === 'edited' || cause === 'rolled-back') return undefined;
  if (!isSameCredential(from, written)) return undefined;
  const { stopped } = rollout;
  if (stopped !== undefined)
    return {
      kind: 'refused',
      reason: `${stopped.workload} has not taken up the version before: ${stopped.reason}`,
    };
  return {
    kind: 'wait',
    for: { kind: 'earlier-rollout' },
    after: LATER,
    brings: true,
  };
}

async function serverIsAsKnown(
  scene: Scene,
  { from, since }: LoginChange,
  { tryLogin, around }: CredentialNeeds,
): Promise<Taken | undefined> {
  if (from === undefined) return undefined;
  const { target, admin } = scene;
  const verdict = await tryLogin(target, from);
  const reason = toldIn(scene).sentence(from.role, verdict);
  if (isUnproven(verdict)) return { kind: 'refused', reason };
  if (verdict.kind === 'ok' && !verdict.standby) return undefined;
  // An administrator gets in, whatever the password is.
  if (isRefused(verdict)) return admin === undefined ? { kind: 'diverged', reason } : undefined;
  if (around.now().getTime() - since.getTime() > STANDBY_PATIENCE && verdict.kind === 'ok')
    return { kind: 'refused', reason };
  return waitForServer(reason, LATER);
}

/** A failover is over by then. Milliseconds. */
const STANDBY_PATIENCE = 10 * 60 * 1000;

async function mayBeAltered(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  const { from, to } = change;
  const isPair = strategyOf(change) === 'AlternatingUsers';
  const { owner } = loginOf(scene);
  const stranger = await notChangeable(scene, isPair ? [owner, to.role] : [to.role], change, needs);
  if (stranger !== undefined) return stranger;
  const end = await onServer(scene, [from, to], (server) => server.role(to.role), needs);
  if (end.kind !== 'did') return cameNotIn(end);
  if (!isPair) return whyNotInPlace(end.result, toldIn(scene).called(to.role), needs.around.now());
  return whyNotAlternate(end.result, owner, change, knownAlternate(scene, change));
}

/** Only a role that the PostgresCredential allows, or that a login has proven, is changed by the administrator. */
async function notChangeable(
  scene: Scene,
  roles: readonly string[],
  { from, to }: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  if (scene.admin === undefined) return undefined;
  const allowed = await changeable(scene, [from, to], needs);
  const stranger = roles.find((role) => !allowed.includes(role));
  return stranger === undefined
    ? undefined
    : { kind: 'refused', reason: notAllowed(toldIn(scene).called(stranger)) };
}

function whyNotInPlace(role: RoleFacts | undefined, name: string, now: Date): Taken | undefined {
  const refused = (reason: string): Taken => ({ kind: 'refused', reason });
  if (role === undefined) return refused(`there is no ${name} on the server`);
  if (!role.mayAlter) return refused(`the role of adminSecretName may not change the password of ${name}`);
  if (!role.mayLogin) return refused(`${name} has NOLOGIN: no password opens the server`);
  if (role.validUntil !== undefined && role.validUntil <= now)
    return refused(`the password of ${name} has run out (VALID UNTIL): no password opens the server`);
  return undefined;
}

function whyNotAlternate(
  role: RoleFacts | undefined,
  owner: string,
  change: LoginChange,
  known: KnownAlternate,
): Taken | undefined {
  const alternate = change.to.role;
  if (role === undefined) return undefined;
  const reason = alternate === owner ? undefined : whyNotOurs(role, { owner, alternate }, known);
  if (reason !== undefined) return { kind: 'refused', reason };
  if (!role.mayAlter)
    return {
      kind: 'refused',
      reason: `the role of adminSecretName may not change the password of ${alternate}`,
    };
  return sessionsLeft(role, change);
}

async function mayBePublished(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  if (scene.isCopy !== undefined) return undefined;
  const edit = publicationOf(scene, change, needs);
  const [refusal] = edit.refusals;
  if (refusal !== undefined)
    return { kind: 'refused', reason: `the Secret could not hold it: ${refusal.key} ${refusal.message}` };
  if (edit.set.size + edit.remove.length === 0) return undefined;
  try {
    await needs.rehearse(scene.held, edit);
    return undefined;
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { kind: 'refused', reason: error.message };
    throw error;
  }
}
