import { blockingCondition, gatherInput } from '../../controllers/credential/gather.ts';
import type { ReconcileInput } from '../../controllers/credential/reconcile-input.ts';
import type { StepDeps } from '../../controllers/credential/steps.ts';
import { loginServerOf, type ServerDeps } from '../../controllers/secret/login-server-of.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { requestChange } from '../../engine/login/change/change-request.ts';
import type { NotReadyCondition } from '../../engine/login/status/conditions.ts';
import type { ChangeRequest } from '../../engine/secret/record/login-record.ts';
import { type PasswordChangeRun, refuseLogin, roleIn } from './run.ts';

/**
 * The input of a reconcile, as if the record held that change request. Nothing is recorded. Throws LOGIN_REFUSED if the
 * Secret holds no login.
 */
export async function requestedInput(
  run: PasswordChangeRun,
  opened: SecretSession,
  changeRequest: ChangeRequest,
  deps: StepDeps & ServerDeps,
): Promise<ReconcileInput | NotReadyCondition> {
  const { observed, permissions } = opened;
  // The change waits for a rollout that an edit opens. That is no reason to refuse it.
  const current = { ...opened.record(), rollout: opened.stored()?.rollout };
  const subject = {
    secret: observed.uid,
    role: roleIn(run, opened),
    system: run.credential.spec.keys.system,
  };
  const requested = requestChange(current, changeRequest, subject);
  const refuse = async (): Promise<never> => refuseLogin(run, 'nothing is written yet');
  const session: SecretSession = { ...opened, record: () => requested, save: refuse, execute: refuse };
  return (
    blockingCondition(permissions, { kind: 'absent' }, deps) ??
    (await gatherInput(run.credential, session, loginServerOf(run.credential, deps), deps))
  );
}
