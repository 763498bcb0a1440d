import type { Decision } from '../../engine/evaluation/decision.ts';
import { strictestOf } from '../../engine/finding/finding.ts';
import type { PolicyOutcome } from '../policy-review/validate-policy.ts';
import type { Outcome } from '../review/webhook.ts';
import type { Repeated } from './repeated-corrections.ts';

/**
 * The fields of the one log line that a review leaves: the audit trail, docs/audit-trail.md. Names and rules; there is no value in it, nor
 * anything computed from one.
 */
export function logEntry(
  { webhook, review, answer, milliseconds }: Outcome,
  repeated: readonly Repeated[],
): Record<string, unknown> {
  const { decision, verdict } = answer;
  return {
    webhook,
    uid: review.uid,
    operation: review.operation,
    namespace: review.namespace,
    name: review.name || review.request?.secret.name || review.request?.secret.generateName || '',
    user: review.username,
    dryRun: review.dryRun,
    verdict,
    skipped: decision?.skipped,
    changed: namesOf(decision?.changes.map(({ key, reason }) => `${key}=${reason}`)),
    repeated: namesOf(repeated.map(({ key, times }) => `${key}=${times}`)),
    findings: decision && findingsIn(decision),
    policies: namesOf(decision?.policies),
    ms: rounded(milliseconds),
  };
}

/** That of the review of a policy, or of a PostgresCredential. Its faults are the places in it, as `spec.keys.DATABASE_URL.derive.template`. */
export function policyEntry({
  webhook,
  review,
  answer,
  milliseconds,
}: PolicyOutcome): Record<string, unknown> {
  return {
    webhook,
    uid: review.uid,
    operation: review.operation,
    kind: review.kind,
    namespace: review.namespace || undefined,
    name: review.name,
    user: review.username,
    dryRun: review.dryRun,
    verdict: answer.verdict,
    faults: namesOf(answer.faults),
    ms: rounded(milliseconds),
  };
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/** A review may have 5,000 faulty keys. */
const MOST = 50;

function findingsIn({ findings }: Pick<Decision, 'findings'>): readonly string[] | undefined {
  const shown = strictestOf(findings, MOST);
  return namesOf(
    shown.map(({ key, rule, action }) => `${key}=${rule}/${action}`),
    findings.length,
  );
}

function namesOf(
  names: readonly string[] | undefined,
  all = names?.length ?? 0,
): readonly string[] | undefined {
  if (names === undefined || all === 0) return undefined;
  return all <= MOST ? names : [...names.slice(0, MOST), `… and ${all - MOST} more`];
}
