import type { Decision } from '../../engine/review/evaluation/decision.ts';
import { strongestOf } from '../../engine/secret/finding/finding.ts';
import type { PolicyReviewResult } from '../policy-review/validate-policy.ts';
import type { ReviewResult } from '../review/webhook.ts';
import type { RepeatedCorrection } from './repeated-corrections.ts';

/**
 * The fields of the log line for each review. The lines are the audit trail: docs/operate/audit-trail.md. A line holds
 * names and rules, never a value or anything computed from one.
 */
export function logEntry(
  { webhook, review, answer, milliseconds, traceparent }: ReviewResult,
  repeatedCorrections: readonly RepeatedCorrection[],
): Record<string, unknown> {
  const { decision, verdict } = answer;
  return {
    webhook,
    uid: review.uid,
    traceparent,
    operation: review.operation,
    namespace: review.namespace,
    name: review.name || review.request?.secret.name || review.request?.secret.generateName || '',
    user: review.username,
    dryRun: review.dryRun,
    verdict,
    skipped: decision?.skipped,
    changed: limitedNames(decision?.changes.map(({ key, reason }) => `${key}=${reason}`)),
    repeated: limitedNames(repeatedCorrections.map(({ key, times }) => `${key}=${times}`)),
    consented: limitedNames(decision?.consented),
    findings: decision && findingNames(decision),
    policies: limitedNames(decision?.policies),
    ms: roundMs(milliseconds),
  };
}

/**
 * The fields for the review of an object of lockstep's own kinds. Its faults are field paths, such as
 * `spec.keys.DATABASE_URL.derive.template`.
 */
export function policyLogEntry({
  webhook,
  review,
  answer,
  milliseconds,
  traceparent,
}: PolicyReviewResult): Record<string, unknown> {
  return {
    webhook,
    uid: review.uid,
    traceparent,
    operation: review.operation,
    kind: review.kind,
    namespace: review.namespace || undefined,
    name: review.name,
    user: review.username,
    dryRun: review.dryRun,
    verdict: answer.verdict,
    faults: limitedNames(answer.faults),
    ms: roundMs(milliseconds),
  };
}

const roundMs = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/** A review may have 5,000 keys with findings. */
const MAX_ITEMS = 50;

function findingNames({ findings }: Pick<Decision, 'findings'>): readonly string[] | undefined {
  const strictest = strongestOf(findings, MAX_ITEMS);
  return limitedNames(
    strictest.map(({ key, rule, action }) => `${key}=${rule}/${action}`),
    findings.length,
  );
}

function limitedNames(
  names: readonly string[] | undefined,
  total = names?.length ?? 0,
): readonly string[] | undefined {
  if (names === undefined || total === 0) return undefined;
  return total <= MAX_ITEMS ? names : [...names.slice(0, MAX_ITEMS), `… and ${total - MAX_ITEMS} more`];
}
