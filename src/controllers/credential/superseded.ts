import { strategyOf } from '../../engine/credential/change/phases.ts';
import { isSuperseded } from '../../engine/credential/change/superseded.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { LoginChange, Phase } from '../../engine/record/login-record.ts';
import { type CredentialNeeds, onServer, type Scene } from './reconcile-input.ts';
import { wantedAgain } from './retire.ts';
import type { Taken } from './step-outcome.ts';

/**
 * A change can be given up in these: what the server has is known. From `apply` to `verify`, and on the way back, it is found out first; `finalize` takes a
 * moment and leaves one login.
 */
const GIVES_UP: ReadonlySet<Phase> = new Set([
  'preflight',
  'publish',
  'rollout',
  'drain',
  'rollback-publish',
  'rollback-rollout',
  'rollback-drain',
]);

/** Somebody's edit of the login ends the change that is under way, before anybody is restarted with what the server does not have. */
export async function superseded(
  scene: Scene,
  change: LoginChange,
  needs: CredentialNeeds,
): Promise<Taken | undefined> {
  const { phase, from } = change;
  if (!GIVES_UP.has(phase) || !isSuperseded(scene.written, change)) return undefined;
  const isPair = strategyOf(change) === 'AlternatingUsers';
  const isOfReaders = phase === 'rollout' || phase === 'drain';
  if (isPair && isOfReaders && isSameCredential(from, scene.written)) return wantedAgain(scene, from);
  if (!isPair || phase !== 'drain') return { kind: 'overtaken' };
  return { kind: 'overtaken', readers: (await hasSessions(scene, change, needs)) ? 'from' : 'to' };
}

/** A reader that still works with the login from before keeps it: then the password of the new one is changed. */
async function hasSessions(
  scene: Scene,
  { from, to }: LoginChange,
  needs: CredentialNeeds,
): Promise<boolean> {
  if (from === undefined) return false;
  const end = await onServer(scene, [to], (server) => server.role(from.role), needs);
  return end.kind !== 'did' || (end.result?.sessions ?? 0) > 0;
}
