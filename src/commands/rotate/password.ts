import { evaluationOf } from '../../engine/evaluation/evaluation.ts';
import type { Permissions } from '../../engine/permissions/permissions.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import { dryRunPasswordChange } from '../password-change/dry-run.ts';
import { executeChange } from '../password-change/execute.ts';
import { openLogin, type PasswordChangeRun } from '../password-change/run.ts';

export interface RotatePasswordOptions {
  /** The server must take the password that the Secret holds. */
  readonly fromSecret: boolean;
  readonly dryRun: boolean;
}

/**
 * Changes the password of a login in its server and in its Secret. Resolves with the exit code. Throws LockstepError if
 * it can't begin.
 */
export async function rotatePassword(
  run: PasswordChangeRun,
  { fromSecret, dryRun }: RotatePasswordOptions,
): Promise<number> {
  const session = await openLogin(run);
  const otherKeys = keysRotatedByPolicies(session.permissions).filter(
    (key) => key !== run.credential.spec.keys.password,
  );
  if (otherKeys.length > 0 && !fromSecret)
    run.print(`only the password is rotated; for ${otherKeys.join(', ')} name the keys with --key`);
  const changeRequest: ChangeRequest = { kind: fromSecret ? 'from-secret' : 'rotate' };
  return dryRun
    ? await dryRunPasswordChange(run, session, changeRequest)
    : await executeChange(run, session, changeRequest);
}

/** Keys with `rotate` in a policy. */
const keysRotatedByPolicies = ({ request, matched, mayGenerate }: Permissions): readonly string[] =>
  mayGenerate
    ? [...evaluationOf(request, matched).managedKeys.values()]
        .filter(({ entry }) => entry.rotate !== undefined)
        .map(({ key }) => key)
    : [];
