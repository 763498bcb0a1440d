import type { Counter, Histogram } from 'prom-client';

/*
 * prom-client builds a text from the labels at each call. These collect what each review adds, and pass it on when
 * the page is read.
 */

interface ReviewLabels {
  readonly operation: string;
  readonly dryRun: boolean;
}

interface PendingCount {
  readonly labels: { webhook: string; operation: string; verdict: string; dry_run: string };
  count: number;
}

interface ReviewCounts {
  readonly countReview: (webhook: string, review: ReviewLabels, verdict: string) => void;
  readonly addPendingReviews: () => void;
}

/** Each label has few values, so the list of combinations is short, and the usual ones come first. */
export function reviewCounts(counter: Counter): ReviewCounts {
  const pending: PendingCount[] = [];
  return {
    countReview: (webhook, { operation, dryRun }, verdict) => {
      const dry_run = dryRun ? 'true' : 'false';
      for (const one of pending) {
        const { labels } = one;
        if (
          labels.verdict === verdict &&
          labels.webhook === webhook &&
          labels.operation === operation &&
          labels.dry_run === dry_run
        ) {
          one.count += 1;
          return;
        }
      }
      pending.push({ labels: { webhook, operation, verdict, dry_run }, count: 1 });
    },
    addPendingReviews: () => {
      for (const one of pending) {
        if (one.count > 0) counter.inc(one.labels, one.count);
        one.count = 0;
      }
    },
  };
}

/** The page is read every few seconds. A page that nobody reads must not need more memory with each review. */
const MAX_PENDING = 1000;

interface PendingDurations {
  readonly observeDuration: (webhook: string, seconds: number) => void;
  readonly addPendingDurations: () => void;
}

export function pendingDurations(histogram: Histogram): PendingDurations {
  const pending = new Map<string, number[]>();
  let count = 0;

  function addPendingDurations(): void {
    for (const [webhook, durations] of pending) {
      for (const seconds of durations) histogram.observe({ webhook }, seconds);
      durations.length = 0;
    }
    count = 0;
  }

  return {
    observeDuration: (webhook, seconds) => {
      const durations = pending.get(webhook);
      if (durations === undefined) pending.set(webhook, [seconds]);
      else durations.push(seconds);
      count += 1;
      if (count >= MAX_PENDING) addPendingDurations();
    },
    addPendingDurations,
  };
}
