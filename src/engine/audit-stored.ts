import type { Audited } from './audit.ts';
import { type Metered, withinBudget } from './budget.ts';
import { openCase } from './case.ts';
import type { Surroundings } from './decision.ts';
import type { Finding } from './finding.ts';
import { healing } from './heal.ts';
import { findingsOf } from './judge.ts';
import type { Mandate } from './mandate.ts';
import type { SecretRecord } from './record.ts';
import { tooLarge } from './too-large.ts';
import { verdictOf } from './verdict.ts';

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
