import { denies } from '../../engine/secret/finding/finding.ts';
import type { RollbackReason } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import {
  planRollback,
  type RollbackPlan,
  type RollbackWrite,
  rollbackCorrectionsOf,
} from '../../engine/versions/rollback/plan.ts';
import { previewRollout, type RolloutPreview } from '../../engine/workloads/rollout/preview.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readWorkloads } from '../../kube/objects/workloads.ts';
import { findingLines, refusalLines } from '../../report/history/rollback-text.ts';
import { printable } from '../../report/printable.ts';
import { dryRunWrite } from '../secret-session/dry-run-write.ts';
import type { RollbackRun } from './load.ts';
import { type PasswordRollback, passwordRollbacksFor } from './password.ts';

/** The plan of a rollback. A dry run prints it, and the real run executes it. */
export type PlannedRollback =
  /** The Secret holds that version already. Consumers that still lack it are rolled out. */
  | { readonly kind: 'unchanged'; readonly preview: RolloutPreview }
  /** Nothing is written. `reasons` give the cause and the fix. */
  | { readonly kind: 'refused'; readonly plan: RollbackWrite; readonly reasons: readonly string[] }
  | PlannedWrite
  /** Secret and servers roll back together. */
  | {
      readonly kind: 'login';
      readonly passwordRollbacks: readonly PasswordRollback[];
      readonly warnings: readonly string[];
    };

export interface PlannedWrite {
  readonly kind: 'write';
  readonly plan: RollbackWrite;
  readonly why: RollbackReason;
  /** Keys for which a webhook of the cluster stores another value. */
  readonly except: readonly string[];
  readonly warnings: readonly string[];
  readonly preview: RolloutPreview;
}

/** Nothing is written. Throws LockstepError if the version can't be restored at all. */
export async function planRollbackRun(run: RollbackRun): Promise<PlannedRollback> {
  const { session, policySnapshot, context, options } = run;
  const { permissions } = session;
  const plan = planRollback(permissions, session.record(), options.to, policySnapshot.policies, context);
  if (plan.kind !== 'write' && plan.kind !== 'unchanged') throw refusal(plan, run);
  const logins = passwordRollbacksFor(run, plan);
  const isLogin = logins.length > 0;
  if (plan.kind === 'unchanged')
    return isLogin
      ? { kind: 'login', passwordRollbacks: logins, warnings: [] }
      : { kind: 'unchanged', preview: await previewOf(run, []) };
  const warnings = findingLines(plan.findings, { withFix: false });
  const { byController, byWebhook } = rollbackCorrectionsOf(
    permissions,
    plan,
    policySnapshot.policies,
    context,
  );
  const isDenied = plan.findings.some(denies);
  const needsForce = isDenied || (!isLogin && byController.length > 0);
  const target = { ...run.ref, to: options.to, needsForce };
  // The controller writes the Secret of a login, and its own writes pass no webhook. A person with `--force` passes the
  // webhooks here or fails here.
  if (isLogin && !needsForce) return { kind: 'login', passwordRollbacks: logins.map(withoutForce), warnings };
  const dryRunResult = await dryRunWrite(run, session, plan);
  const reasons = refusalLines(dryRunResult, {
    target,
    isDenied,
    byController,
    byWebhook: isLogin ? [] : byWebhook,
    force: options.force,
  });
  if ('reason' in dryRunResult || reasons.length > 0)
    return { kind: 'refused', plan, reasons: [...warnings, ...reasons] };
  if (isLogin) return { kind: 'login', passwordRollbacks: logins, warnings };
  const why: RollbackReason = { kind: 'rolled-back', to: options.to, ...(needsForce && { forced: true }) };
  const { except } = dryRunResult;
  return { kind: 'write', plan, why, except, warnings, preview: await previewOf(run, plan.keys) };
}

/** A version that passes validation is not forced, even with `--force`. */
function withoutForce(login: PasswordRollback): PasswordRollback {
  const { kind, to } = login.changeRequest;
  return { ...login, changeRequest: { kind, to } };
}

async function previewOf({ ref, session, cluster }: RollbackRun, keys: readonly string[]) {
  const { permissions, observed } = session;
  const { mayRestart } = permissions;
  const rollout = mayRestart ? session.record().rollout : undefined;
  return previewRollout(
    { secret: observed.secret, restarts: mayRestart, keys, rollout },
    await readWorkloads(cluster, ref.namespace),
  );
}

/** The error for a version that can't be restored at all. */
export function refusal(
  plan: Exclude<RollbackPlan, { kind: 'write' | 'unchanged' }>,
  { ref, options: { to } }: { readonly ref: SecretRef; readonly options: { readonly to: number } },
): LockstepError {
  const secret = `${ref.namespace}/${ref.name}`;
  switch (plan.kind) {
    case 'unknown':
      return new LockstepError('VERSION_NOT_FOUND', [secret, to, plan.known.join(', ')]);
    case 'lost':
      return new LockstepError('VERSION_NOT_RESTORABLE', [to, secret]);
    case 'refused':
      return new LockstepError('ROLLBACK_REFUSED', [secret, printable(plan.reason)]);
  }
}
