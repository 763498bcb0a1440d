import { allowed, denied, passed, patched } from '../../../src/admission/review/response.ts';
import { readReview } from '../../../src/admission/review/review.ts';
import type { ReviewResult } from '../../../src/admission/review/webhook.ts';
import type { Change } from '../../../src/engine/review/evaluation/decision.ts';
import { aChange, aDecision, aFinding } from './decision.ts';
import { aReview, aSecretObject, bytesOf, type Json } from './review.ts';

/** The result of a write of the Secret team/app. `request` has the differences. */
export interface AnOutcome {
  readonly request?: Json;
  /** resourceVersion of what is stored; a CREATE where there is none. */
  readonly stored?: string;
}

export const aDenial = (about: AnOutcome = {}): ReviewResult => {
  const review = reviewOf(about);
  return reviewResult('validate', review, denied(review, aDecision({ findings: [aFinding()] })));
};

export const anAllowance = (about: AnOutcome = {}): ReviewResult => {
  const review = reviewOf(about);
  return reviewResult('validate', review, allowed(review, aDecision()));
};

/** A write that is none of lockstep's business. */
export const aPass = (about: AnOutcome = {}): ReviewResult => {
  const review = reviewOf(about);
  return reviewResult('validate', review, passed(review, aDecision({ skipped: 'unchanged' })));
};

export const aCorrection = (change: Partial<Change> = {}, about: AnOutcome = {}): ReviewResult => {
  const review = reviewOf(about);
  const changes = [aChange(change.key ?? 'DATABASE_URL', 'x', { reason: 'mismatch', ...change })];
  return reviewResult('mutate', review, patched(review, aDecision({ changes })));
};

function reviewOf({ request = {}, stored }: AnOutcome): ReviewResult['review'] {
  if (stored === undefined) return readReview(bytesOf(aReview(request)));
  const oldObject = aSecretObject(
    {},
    { metadata: { name: 'app', namespace: 'team', resourceVersion: stored } },
  );
  return readReview(bytesOf(aReview({ operation: 'UPDATE', oldObject, ...request })));
}

const reviewResult = (
  webhook: ReviewResult['webhook'],
  review: ReviewResult['review'],
  answer: ReviewResult['answer'],
): ReviewResult => ({ webhook, review, answer, milliseconds: 1 });
