import { type StepEnd, strategyOf } from '../../engine/credential/change/phases.ts';
import { isPasswordRight, isRefused } from '../../engine/login/login-result.ts';
import { type Credential, isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import { type CredentialNeeds, isStillAt, onServer, type Scene, toldIn } from './reconcile-input.ts';
import { cameNotIn, DONE, LATER, oidOf, SHORTLY, type Taken, waitForServer } from './step-outcome.ts';

/** Somebody, a deployer perhaps, has put the one that is to be retired back into the Secret: it is what they are let in by from now on. */
export function wantedAgain({ written }: Scene, left: Credential | undefined): StepEnd | undefined {
  return isSameCredential(left, written)
    ? { kind: 'failed', reason: `somebody has put the login ${written.role} back into the Secret` }
    : undefined;
}

export const wantedAfterAll = ({ written }: Scene, left: Credential): StepEnd | undefined =>
  isSameCredential(left, written) ? { kind: 'overtaken' } : undefined;

/** Nobody works with the role any more, and nobody will who reads its password late. */
export async function drained(
  scene: Scene,
  {
    left,
    by,
    entered,
  }: { readonly left: Credential | undefined; readonly by: Credential | undefined; readonly entered: Date },
  needs: CredentialNeeds,
): Promise<Taken> {
  if (left === undefined) return DONE;
  const waited = needs.around.now().getTime() - entered.getTime();
  const rest = Math.min(needs.propagation, needs.propagation - waited);
  if (rest > 0) return { kind: 'wait', for: { kind: 'propagation', role: left.role }, after: rest };
  const end = await onServer(scene, [by], (server) => server.role(left.role), needs);
  if (end.kind !== 'did') return waitForServer(end.reason, LATER);
  const { sessions = 0 } = end.result ?? {};
  return sessions === 0 ? DONE : waitForSessions(left.role, false);
}

const waitForSessions = (role: string, isNew: boolean): Taken => ({
  kind: 'wait',
  for: { kind: 'sessions', role, isNew },
  after: SHORTLY,
});

/** The mark goes, and of a pair the role that nobody works with any more loses its password. */
export async function finalize(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<Taken> {
  const { from, to } = change;
  const isPair = from !== undefined && strategyOf(change) === 'AlternatingUsers';
  const isStill = isStillAt(scene, change, needs);
  const doubt = isPair
    ? ((await stillWanted(scene, from, needs)) ?? (await stillProven(scene, to, needs)))
    : undefined;
  if (doubt !== undefined) return doubt;
  const end = await onServer(
    scene,
    [to],
    async (server, by): Promise<Taken> => {
      if (by !== 'admin') return DONE;
      if (isPair) {
        const role = await server.role(from.role);
        if ((role?.sessions ?? 0) > 0) return waitForSessions(from.role, true);
        if (role !== undefined)
          await server.setPassword(from.role, undefined, undefined, isStill, oidOf(scene, from.role));
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

/** Unless it was retired already, and nobody has answered. */
async function stillWanted(
  scene: Scene,
  left: Credential,
  { tryLogin }: CredentialNeeds,
): Promise<Taken | undefined> {
  const wanted = wantedAgain(scene, left);
  return wanted !== undefined && isPasswordRight(await tryLogin(scene.target, left)) ? wanted : undefined;
}

/** Somebody may have changed it meanwhile: then the one that is about to be retired is the last that opens the server. */
export async function stillProven(
  scene: Scene,
  credential: Credential,
  { tryLogin }: CredentialNeeds,
): Promise<Taken | undefined> {
  const verdict = await tryLogin(scene.target, credential);
  if (isPasswordRight(verdict)) return undefined;
  const reason = toldIn(scene).sentence(credential.role, verdict);
  return isRefused(verdict) ? { kind: 'diverged', reason } : waitForServer(reason, SHORTLY);
}
