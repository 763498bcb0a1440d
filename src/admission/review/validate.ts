import type { Decision } from '../../engine/evaluation/decision.ts';
import { denies } from '../../engine/finding/finding.ts';
import type { Request } from '../../engine/secret/secret.ts';
import { allowed, denied, passed, probeAnswered, type ReviewAnswer } from './response.ts';
import type { Review } from './review.ts';

/**
 * Validates the object as it will be stored, so that no inconsistent Secret gets in even if the mutating call was
 * skipped.
 */
export function validate(review: Review, evaluate: (request: Request) => Decision): ReviewAnswer {
  if (review.request === undefined) return passed(review);
  const decision = evaluate(review.request);
  if (decision.skipped === 'exempt' && isSelfProbe(review)) return probeAnswered(review, decision);
  if (decision.skipped !== undefined) return passed(review, decision);
  return decision.findings.some(denies) ? denied(review, decision) : allowed(review, decision);
}

/** The dry run of lockstep's own Secret: src/kube/webhooks/probe.ts. */
const isSelfProbe = ({ dryRun, name }: Review): boolean => dryRun && name === 'lockstep-webhook-ca';
