import type { ObservedSecret } from '../../controllers/ports.ts';
import { credentialInVersion } from '../../engine/credential/change/credential-in-version.ts';
import type { LoginKeys } from '../../engine/credential/spec/stated-spec.ts';
import { isSameCredential } from '../../engine/record/credential.ts';
import type { ChangeRequest } from '../../engine/record/login-record.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { RollbackPlan, RollbackWrite } from '../../engine/rollback/plan.ts';
import { changesText } from '../../report/history/rollback-text.ts';
import { dryRunPasswordChange } from '../password-change/dry-run.ts';
import { executeChange } from '../password-change/execute.ts';
import { openLogin, type PasswordChangeRun } from '../password-change/run.ts';
import type { RollbackRun } from './load.ts';

/** A rollback in which the server must follow. */
export interface PasswordRollback {
  readonly run: PasswordChangeRun;
  readonly changeRequest: Extract<ChangeRequest, { kind: 'rollback' }>;
  /** The plan for the Secret alone. The server's part is found when the rollback begins. */
  readonly plan: RollbackWrite | { readonly kind: 'unchanged' };
}

/** Undefined if the server is not affected. */
export function passwordRollbackFor(run: RollbackRun, plan: RollbackPlan): PasswordRollback | undefined {
  const { session, credentials, credential, options } = run;
  if (credentials === undefined || credential === undefined) return undefined;
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') return undefined;
  if (!affectsServer({ observed: session.observed, record: session.record() }, plan, credential.spec.keys))
    return undefined;
  const { to, force } = options;
  return {
    run: { ...run, credentials, credential },
    plan,
    changeRequest: { kind: 'rollback', to, ...(force && { forced: true }) },
  };
}

/**
 * True if the server must follow: the version has another login than the Secret, or the Secret's login is not proven.
 *
 * @internal Exported for tests.
 */
export function affectsServer(
  { observed, record }: { readonly observed: ObservedSecret; readonly record: SecretRecord },
  plan: RollbackPlan,
  keys: LoginKeys,
): boolean {
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') return false;
  const { change, changeRequest, diverged, current } = record.login ?? {};
  if (change !== undefined || changeRequest !== undefined || diverged !== undefined) return true;
  const secretCredential = credentialInVersion(observed.secret.data, keys);
  if (plan.kind === 'unchanged') return current !== undefined && !isSameCredential(current, secretCredential);
  return !isSameCredential(credentialInVersion(plan.data, keys), secretCredential);
}

/** Rolls back Secret and server together. Resolves with the exit code. Throws LockstepError if it can't begin. */
export async function rollbackPassword({ run, changeRequest, plan }: PasswordRollback): Promise<number> {
  const { ref, print } = run;
  const session = await openLogin(run);
  const secret = `Secret ${ref.namespace}/${ref.name}`;
  if (plan.kind === 'write')
    print(
      `${secret} rolls back to version ${changeRequest.to}, and its server with it: ${changesText(plan, session.observed.secret.data)}`,
    );
  return await executeChange(run, session, changeRequest);
}

/**
 * Predicts `rollbackPassword` by the same steps, up to the first one that changes anything. Resolves with the exit
 * code.
 */
export async function dryRunPasswordRollback({ run, changeRequest }: PasswordRollback): Promise<number> {
  return await dryRunPasswordChange(run, await openLogin(run), changeRequest);
}
