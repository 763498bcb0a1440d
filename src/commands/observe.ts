import { logEntry } from '../admission/entry.ts';
import { watchDenials } from '../admission/mending-time.ts';
import { watchCorrections } from '../admission/recurrence.ts';
import type { Outcome } from '../admission/webhook.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** What each answered review leaves behind: numbers, and one line of the audit trail. `clock`: milliseconds from any start. */
export function observer(log: Log, metrics: Metrics, clock: () => number): (outcome: Outcome) => void {
  const repeatedIn = watchCorrections(clock);
  const mendedAfter = watchDenials(clock);
  return (outcome) => {
    const noticed = { repeated: repeatedIn(outcome), mendedAfter: mendedAfter(outcome) };
    metrics.observe(outcome, noticed);
    log.info('admission', logEntry(outcome, noticed.repeated));
  };
}
