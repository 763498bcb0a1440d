import type { Decision } from '../../engine/evaluation/decision.ts';
import type { Request } from '../../engine/secret/secret.ts';
import { allowed, passed, patched, type ReviewAnswer } from './response.ts';
import type { Review } from './review.ts';

/** Writes each value that lockstep can compute. The validating webhook reports the rest. */
export function mutate(review: Review, evaluate: (request: Request) => Decision): ReviewAnswer {
  if (review.request === undefined) return passed(review);
  const decision = evaluate(review.request);
  if (decision.skipped !== undefined) return passed(review, decision);
  return decision.changes.length === 0 ? allowed(review, decision) : patched(review, decision);
}
