import type { ObservedSecret } from '../../controllers/ports.ts';
import type { SecretSession } from '../../controllers/secret-session/open.ts';
import { credentialInVersion } from '../../engine/login/change/credential-in-version.ts';
import type { LoginKeys } from '../../engine/login/credential-schema/stated-spec.ts';
import { isSameCredential } from '../../engine/secret/record/credential.ts';
import { type ChangeRequest, forLogin } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { RollbackPlan, RollbackWrite } from '../../engine/versions/rollback/plan.ts';
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

/** One for each server that is affected. */
export function passwordRollbacksFor(run: RollbackRun, plan: RollbackPlan): readonly PasswordRollback[] {
  const { session, credentials, credentialsOfSecret, options } = run;
  if (credentials === undefined || (plan.kind !== 'write' && plan.kind !== 'unchanged')) return [];
  const { observed } = session;
  const { to, force } = options;
  return credentialsOfSecret
    .filter(({ spec: { keys } }) =>
      affectsServer({ observed, record: forLogin(session.record(), keys.system) }, plan, keys),
    )
    .map((credential) => ({
      run: { ...run, credentials, credential },
      plan,
      changeRequest: { kind: 'rollback', to, ...(force && { forced: true }) },
    }));
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

/**
 * Rolls back the Secret and its servers together, one server after the other. Resolves with the exit code. Throws
 * LockstepError if it can't begin.
 */
export async function rollbackPasswords(rollbacks: readonly PasswordRollback[]): Promise<number> {
  for (const [index, { run, changeRequest, plan }] of rollbacks.entries()) {
    const session = await openLogin(run);
    if (plan.kind === 'write' && index === 0) run.print(startLine(rollbacks, plan, session));
    const exitCode = await executeChange(run, session, changeRequest);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}

function startLine(
  rollbacks: readonly PasswordRollback[],
  plan: RollbackWrite,
  { ref, observed }: SecretSession,
): string {
  const servers = rollbacks.length === 1 ? 'its server' : 'its servers';
  const to = rollbacks[0]?.changeRequest.to;
  return `Secret ${ref.namespace}/${ref.name} rolls back to version ${to}, and ${servers} with it: ${changesText(plan, observed.secret.data)}`;
}

/**
 * Predicts `rollbackPasswords` by the same steps, up to the first one that changes anything. Resolves with the exit
 * code.
 */
export async function dryRunPasswordRollbacks(rollbacks: readonly PasswordRollback[]): Promise<number> {
  for (const { run, changeRequest } of rollbacks) {
    const exitCode = await dryRunPasswordChange(run, await openLogin(run), changeRequest);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
}
