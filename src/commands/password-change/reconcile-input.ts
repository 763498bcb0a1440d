import { type ChangePreview, previewChange } from '../../controllers/credential/dry-run.ts';
import { blockingCondition, gatherInput } from '../../controllers/credential/gather.ts';
import type { ReconcileInput } from '../../controllers/credential/reconcile-input.ts';
import type { ReconcilerDeps } from '../../controllers/reconciler-deps.ts';
import { openRecordSession } from '../../controllers/record/record-session.ts';
import { requestChange } from '../../engine/credential/change/change-request.ts';
import { loginInSecret } from '../../engine/login/login-in-secret.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import { recordObservation } from '../../engine/record/record-observation.ts';
import type { LoadedSecret } from '../secret-session/load-secret.ts';
import { type PasswordChangeRun, refuseLogin } from './run.ts';

/** The role that the Secret names. Throws LOGIN_REFUSED if the Secret holds no usable login. */
export function roleIn(run: PasswordChangeRun, { observed, permissions }: LoadedSecret): string {
  const parsed = loginInSecret(observed.secret, run.credential.spec, permissions.matched);
  return 'fault' in parsed ? refuseLogin(run, parsed.fault) : parsed.credential.role;
}

/**
 * The input of a reconcile, as if the record held that change request. Nothing is recorded. Throws LOGIN_REFUSED if the
 * login can't be used.
 */
export async function reconcileInputOf(
  run: PasswordChangeRun,
  loaded: LoadedSecret,
  changeRequest: ChangeRequest,
  deps: ReconcilerDeps,
): Promise<ReconcileInput> {
  const { observed, permissions } = loaded;
  const noRecord = { kind: 'absent' } as const;
  const current = recordObservation(
    loaded.record,
    observed.secret.data,
    { ...observed.written, why: { kind: 'changed' }, resourceVersion: observed.resourceVersion },
    { history: Number.POSITIVE_INFINITY, restarts: false },
  );
  const subject = { secret: observed.uid, role: roleIn(run, loaded) };
  const session = openRecordSession(requestChange(current, changeRequest, subject), noRecord, async () =>
    refuseLogin(run, 'nothing is written yet'),
  );
  const input =
    blockingCondition(permissions, noRecord, deps) ??
    (await gatherInput(run.credential, observed, permissions, session, deps));
  return 'type' in input ? refuseLogin(run, input.message) : input;
}

/** Throws LOGIN_REFUSED if the requested change can't even begin. */
export async function changePreviewOf(
  run: PasswordChangeRun,
  loaded: LoadedSecret,
  changeRequest: ChangeRequest,
  deps: ReconcilerDeps,
): Promise<Extract<ChangePreview, { kind: 'in-sync' | 'begin' }>> {
  const changePreview = await previewChange(await reconcileInputOf(run, loaded, changeRequest, deps), deps);
  return 'reason' in changePreview ? refuseLogin(run, changePreview.reason) : changePreview;
}
