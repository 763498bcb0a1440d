import { POLICY_WEBHOOK, type PolicyOutcome } from '../../admission/policy-review/validate-policy.ts';
import type { Outcome } from '../../admission/review/webhook.ts';
import { logEntry, policyEntry } from '../../admission/telemetry/log-entry.ts';
import { watchCorrections } from '../../admission/telemetry/repeated-corrections.ts';
import { watchDenials } from '../../admission/telemetry/time-to-fix.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';

/** What each answered review leaves behind: numbers, and one line of the audit trail. `clock`: milliseconds from any start. */
export function observer(
  log: Log,
  metrics: Metrics,
  clock: () => number,
  /** Whoever else is to know; it must not throw, and not take long. */
  tell: (outcome: Outcome | PolicyOutcome) => void = () => {},
): (outcome: Outcome | PolicyOutcome) => void {
  const repeatedIn = watchCorrections(clock);
  const mendedAfter = watchDenials(clock);
  return (outcome) => {
    tell(outcome);
    if (outcome.webhook === POLICY_WEBHOOK) {
      metrics.observePolicy(outcome);
      log.info('admission', policyEntry(outcome));
      return;
    }
    const noticed = { repeated: repeatedIn(outcome), mendedAfter: mendedAfter(outcome) };
    metrics.observe(outcome, noticed);
    log.info('admission', logEntry(outcome, noticed.repeated));
  };
}
