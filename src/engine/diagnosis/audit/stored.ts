import { findingsOf } from '../../review/decide/validate.ts';
import { type BudgetedContext, withinBudget } from '../../review/evaluation/budget.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { evaluationOf } from '../../review/evaluation/evaluation.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import { tooLargeFinding } from '../../review/rules/too-large.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import { verdictOf } from '../../secret/finding/verdict.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { healingChanges } from '../../versions/reconcile/repair.ts';
import type { AuditResult } from './audit.ts';

/**
 * The findings of a stored Secret that remain: all findings of the validating webhook, without those that the
 * controller is about to correct. `record` is undefined if it is unknown or absent.
 */
export function auditStored(
  permissions: Permissions,
  context: EngineContext,
  record?: Pick<SecretRecord, 'inSyncKeys' | 'versions'>,
): AuditResult {
  const { request, matched } = permissions;
  const findings =
    matched.length === 0
      ? []
      : withinBudget(
          request.secret,
          context,
          (budgeted) => remainingFindings(permissions, budgeted, record),
          (limit) => [tooLargeFinding(request, matched, limit, context)],
        );
  const policies = matched.map(({ name }) => name);
  const decision = { skipped: undefined, policies, changes: [], findings };
  return { secret: request.secret, verdict: verdictOf(findings, [], true), decision };
}

function remainingFindings(
  permissions: Permissions,
  context: BudgetedContext,
  record: Pick<SecretRecord, 'inSyncKeys' | 'versions'> | undefined,
): readonly Finding[] {
  const { request, matched } = permissions;
  // Validation as on CREATE: an old fault is no excuse.
  const findings = findingsOf(
    evaluationOf({ ...request, operation: 'CREATE', old: undefined }, matched),
    context,
  );
  if (findings.length === 0) return findings;
  const healed = new Set(healingChanges(permissions, record, context).map(({ key }) => key));
  return findings.filter(({ key }) => !healed.has(key));
}
