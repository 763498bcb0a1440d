import { lookAhead, type Outlook } from '../../controllers/credential/dry-run.ts';
import { barrierTo, gatherScene } from '../../controllers/credential/gather.ts';
import type { Scene } from '../../controllers/credential/reconcile-input.ts';
import { openBook } from '../../controllers/record/record-session.ts';
import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import { wishing } from '../../engine/credential/change/change-request.ts';
import { loginInSecret } from '../../engine/login/login-in-secret.ts';
import type { Wish } from '../../engine/record/login-record.ts';
import { settled } from '../../engine/record/record-observation.ts';
import type { BegunRotation } from '../secret-session/load-secret.ts';
import { type LoginRun, refuse } from './run.ts';

/** Whose password it is: the role that the Secret names. Throws LOGIN_REFUSED where the Secret is no login that can be worked with. */
export function roleIn(run: LoginRun, { held, mandate }: BegunRotation): string {
  const found = loginInSecret(held.secret, run.credential.spec, mandate.matched);
  return 'fault' in found ? refuse(run, found.fault) : found.credential.role;
}

/** All that a login is worked by, as if somebody had that wish. What would be recorded of it is not. Throws LOGIN_REFUSED where it can't be worked by. */
export async function sceneOf(
  run: LoginRun,
  begun: BegunRotation,
  wish: Wish,
  needs: SecretReconcilerNeeds,
): Promise<Scene> {
  const { held, mandate } = begun;
  const found = { kind: 'absent' } as const;
  const known = settled(
    begun.record,
    held.secret.data,
    { ...held.written, why: { kind: 'changed' }, resourceVersion: held.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts: false },
  );
  const as = { secret: held.uid, role: roleIn(run, begun) };
  const book = openBook(wishing(known, wish, as), found, async () =>
    refuse(run, 'nothing is to be written yet'),
  );
  const scene =
    barrierTo(mandate, found, needs) ?? (await gatherScene(run.credential, held, mandate, book, needs));
  return 'type' in scene ? refuse(run, scene.message) : scene;
}

/** Throws LOGIN_REFUSED where what is wished for could not even begin. */
export async function outlookOf(
  run: LoginRun,
  begun: BegunRotation,
  wish: Wish,
  needs: SecretReconcilerNeeds,
): Promise<Extract<Outlook, { kind: 'in-step' | 'begin' }>> {
  const outlook = await lookAhead(await sceneOf(run, begun, wish, needs), needs);
  return 'reason' in outlook ? refuse(run, outlook.reason) : outlook;
}
