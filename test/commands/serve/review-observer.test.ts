import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { answerPolicyReview } from '../../../src/admission/policy-review/validate-policy.ts';
import { reviewObserver } from '../../../src/commands/serve/review-observer.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { aPolicyObject, aPolicyReview, aPolicyValidator } from '../../helpers/admission/policy-review.ts';
import { bytesOf } from '../../helpers/admission/review.ts';
import { aDenial } from '../../helpers/admission/review-result.ts';

t.test(
  'records one count and one line of the audit trail for each review of a Secret or policy',
  async (t) => {
    const path = join(t.testdir(), 'log');
    const log = createLog(openSync(path, 'w'), 'info', () => {});
    const metrics = createMetrics();
    const observe = reviewObserver(log, metrics, () => 0);
    const body = bytesOf(aPolicyReview({ object: aPolicyObject({ kyes: {} }) }));
    const validator = aPolicyValidator();

    const before = await metrics.render();
    t.match(
      before,
      count('validate-policy', 'denied', 0),
      'there from the start, so that an increase is seen',
    );
    observe({ webhook: 'validate-policy', ...answerPolicyReview(body, validator), milliseconds: 2 });
    observe(aDenial());

    const page = await metrics.render();
    t.match(page, count('validate-policy', 'denied', 1));
    t.match(page, count('validate', 'denied', 1));
    t.match(page, 'lockstep_admission_duration_seconds_count{webhook="validate-policy"} 1\n');
    await log.close();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    t.match(
      lines.map((line) => JSON.parse(line)),
      [
        {
          message: 'admission',
          webhook: 'validate-policy',
          name: 'shop',
          verdict: 'denied',
          faults: ['spec.kyes'],
        },
        { message: 'admission', webhook: 'validate', name: 'app', verdict: 'denied' },
      ],
    );
    t.equal(lines.length, 2);
  },
);

const count = (webhook: string, verdict: string, value: number): string =>
  `lockstep_admission_reviews_total{webhook="${webhook}",operation="CREATE",verdict="${verdict}",dry_run="false"} ${value}\n`;
