import { findingsOf } from '../decide/validate.ts';
import { type Metered, withinBudget } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { openCase } from '../evaluation/evaluation.ts';
import type { Finding } from '../finding/finding.ts';
import { verdictOf } from '../finding/verdict.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { healing } from '../reconcile/repair.ts';
import type { SecretRecord } from '../record/record.ts';
import { tooLarge } from '../rules/too-large-finding.ts';
import type { Audited } from './audit.ts';

/**
 * What is wrong with a stored Secret, and stays so: every finding that the validating webhook would have of it, for nothing mends what is stored already, less
 * what the controller is about to put right itself. `record`: undefined where it is not known, or there is none.
 */
export function auditStored(
  mandate: Mandate,
  around: Surroundings,
  record?: Pick<SecretRecord, 'inStep' | 'versions'>,
): Audited {
  const { request, matched } = mandate;
  const findings =
    matched.length === 0
      ? []
      : withinBudget(
          request.secret,
          around,
          (metered) => standing(mandate, metered, record),
          (limit) => [tooLarge(request, matched, limit, around)],
        );
  const policies = matched.map(({ name }) => name);
  const decision = { skipped: undefined, policies, changes: [], findings };
  return { secret: request.secret, verdict: verdictOf(findings, [], true), decision };
}

function standing(
  mandate: Mandate,
  around: Metered,
  record: Pick<SecretRecord, 'inStep' | 'versions'> | undefined,
): readonly Finding[] {
  const { request, matched } = mandate;
  // As if it were written anew: that it was there before is no excuse.
  const findings = findingsOf(openCase({ ...request, operation: 'CREATE', old: undefined }, matched), around);
  if (findings.length === 0) return findings;
  const healed = new Set(healing(mandate, record, around).map(({ key }) => key));
  return findings.filter(({ key }) => !healed.has(key));
}
