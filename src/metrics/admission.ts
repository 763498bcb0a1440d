import { Counter, Histogram, type Registry } from 'prom-client';
import { POLICY_WEBHOOK, type PolicyReviewResult } from '../admission/policy-review/validate-policy.ts';
import { type ReviewResult, WEBHOOKS } from '../admission/review/webhook.ts';
import { correctionsIn, type RepeatedCorrection } from '../admission/telemetry/repeated-corrections.ts';

/** In seconds. Both webhooks cost 1.5 ms at the API server, which gives up after 3 s. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 3];
/**
 * In seconds. The shortest is a user who reads the message and types again, and the longest is the next working day.
 * The target is 300.
 */
const TIME_TO_FIX_BUCKETS = [10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 24 * 3600];

/** The facts about a review that need the history of earlier reviews. */
export interface CorrectionHistory {
  readonly repeated: readonly RepeatedCorrection[];
  /** Milliseconds since the first denial of the Secret. Undefined if this write ended no denial. */
  readonly fixedAfterMs: number | undefined;
}

export interface AdmissionMetrics {
  readonly recordReview: (outcome: ReviewResult, noticed: CorrectionHistory) => void;
  readonly recordPolicyReview: (outcome: PolicyReviewResult) => void;
  readonly recordError: (status: number) => void;
  readonly recordUnread: (code: string) => void;
  /** Removes the series of all other policies. The number of names that users may create is unlimited. */
  readonly keepPolicies: (names: ReadonlySet<string>) => Promise<void>;
}

export function admissionMetrics(registry: Registry): AdmissionMetrics {
  const registers = [registry];
  const reviews = new Counter({
    name: 'lockstep_admission_reviews_total',
    help: 'Answered reviews. passed means not validated, and warned means allowed with findings. A dry run stores nothing.',
    labelNames: ['webhook', 'operation', 'verdict', 'dry_run'],
    registers,
  });
  const findings = new Counter({
    name: 'lockstep_admission_findings_total',
    help: 'Findings of the validating webhook, by rule, action and policy.',
    labelNames: ['rule', 'action', 'policy'],
    registers,
  });
  const changes = new Counter({
    name: 'lockstep_admission_changes_total',
    help: 'Keys that the mutating webhook wrote, by the rule that the change satisfies. derived means that the key was absent.',
    labelNames: ['reason'],
    registers,
  });
  const correctedWrites = new Counter({
    name: 'lockstep_admission_corrected_writes_total',
    help: 'Writes in which the mutating webhook corrected a key, without dry runs and without corrections repeated within a day.',
    registers,
  });
  const repeatedCorrections = new Counter({
    name: 'lockstep_admission_corrections_repeated_total',
    help: 'Corrections of a key that this process corrected less than a day before, without dry runs.',
    labelNames: ['reason'],
    registers,
  });
  const timeToFix = new Histogram({
    name: 'lockstep_admission_time_to_fix_seconds',
    help: 'Time from the first denial of a Secret to its accepted write, if this process saw both and no other write between.',
    buckets: TIME_TO_FIX_BUCKETS,
    registers,
  });
  const duration = new Histogram({
    name: 'lockstep_admission_duration_seconds',
    help: 'Time from the complete request body to the complete answer.',
    labelNames: ['webhook'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: 'lockstep_admission_errors_total',
    help: 'Requests answered with an HTTP error, by its code.',
    labelNames: ['code'],
    registers,
  });
  const unreadReviews = new Counter({
    name: 'lockstep_admission_unread_total',
    help: 'Reviews answered without being read, by code: too large, or not enough memory or time at that moment.',
    labelNames: ['code'],
    registers,
  });
  for (const reason of ['BODY_TOO_LARGE', 'TOO_MANY_PARTS', 'MEMORY_BUDGET_EXCEEDED', 'TIME_BUDGET_EXCEEDED'])
    unreadReviews.inc({ code: `LOCKSTEP_${reason}` }, 0);
  startAtZero({ reviews, repeated: repeatedCorrections, errors });

  const count = ({ webhook, review, answer, milliseconds }: ReviewResult | PolicyReviewResult): void => {
    const { operation, dryRun } = review;
    reviews.inc({ webhook, operation, verdict: answer.verdict, dry_run: String(dryRun) });
    duration.observe({ webhook }, milliseconds / 1000);
  };

  return {
    recordReview: (outcome, history) => {
      const { review, answer } = outcome;
      count(outcome);
      const { decision } = answer;
      if (decision !== undefined) {
        for (const { rule, action, policy } of decision.findings) findings.inc({ rule, action, policy });
        for (const { reason } of decision.changes) changes.inc({ reason });
        const corrections = correctionsIn(decision.changes).length;
        // A repeated correction is the same fault: one Git repository would make the share of fixed faults look small.
        if (!review.dryRun && corrections > history.repeated.length) correctedWrites.inc();
      }
      for (const { reason } of history.repeated) repeatedCorrections.inc({ reason });
      if (history.fixedAfterMs !== undefined) timeToFix.observe(history.fixedAfterMs / 1000);
    },
    recordPolicyReview: count,
    recordUnread: (code) => unreadReviews.inc({ code }),
    recordError: (status) => errors.inc({ code: String(status) }),
    keepPolicies: async (names) => {
      const { values } = await findings.get();
      for (const { labels } of values) if (!names.has(String(labels.policy))) findings.remove(labels);
    },
  };
}

type CounterName = 'reviews' | 'repeated' | 'errors';

/** Prometheus sees no increase if a series starts at 1. So the series of alerts and figures exist from the start. */
function startAtZero({ reviews, repeated, errors }: Readonly<Record<CounterName, Counter>>): void {
  for (const webhook of [...WEBHOOKS, POLICY_WEBHOOK]) {
    const verdicts = webhook === 'mutate' ? ['allowed', 'patched'] : ['allowed', 'warned', 'denied'];
    for (const operation of ['CREATE', 'UPDATE']) {
      for (const verdict of verdicts) reviews.inc({ webhook, operation, verdict, dry_run: 'false' }, 0);
    }
  }
  repeated.inc({ reason: 'mismatch' }, 0);
  errors.inc({ code: '500' }, 0);
}
