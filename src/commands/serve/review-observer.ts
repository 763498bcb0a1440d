import { POLICY_WEBHOOK, type PolicyReviewResult } from '../../admission/policy-review/validate-policy.ts';
import type { ReviewResult } from '../../admission/review/webhook.ts';
import { logEntry, policyLogEntry } from '../../admission/telemetry/log-entry.ts';
import { repeatedCorrectionTracker } from '../../admission/telemetry/repeated-corrections.ts';
import { timeToFixTracker } from '../../admission/telemetry/time-to-fix.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

/**
 * Records each answered review in metrics and in one line of the audit trail. `clock` gives milliseconds from any
 * start.
 */
export function reviewObserver(
  log: Log,
  metrics: Metrics,
  clock: () => number,
  /** A further subscriber. It must not throw, and must return quickly. */
  onOutcome: (outcome: ReviewResult | PolicyReviewResult) => void = () => {},
): (outcome: ReviewResult | PolicyReviewResult) => void {
  const repeatedIn = repeatedCorrectionTracker(clock);
  const timeToFix = timeToFixTracker(clock);
  return (outcome) => {
    onOutcome(outcome);
    if (outcome.webhook === POLICY_WEBHOOK) {
      metrics.recordPolicyReview(outcome);
      log.info('admission', policyLogEntry(outcome));
      return;
    }
    const observations = { repeated: repeatedIn(outcome), fixedAfterMs: timeToFix(outcome) };
    metrics.recordReview(outcome, observations);
    log.info('admission', logEntry(outcome, observations.repeated));
  };
}
