import type { Decision } from '../../engine/review/evaluation/decision.ts';
import { denies } from '../../engine/secret/finding/finding.ts';
import { CA_SECRET_NAME } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import type { Request } from '../../engine/secret/secret.ts';
import { allowed, denied, passed, patched, probeAnswered, type ReviewAnswer, serialize } from './response.ts';
import type { Review } from './review.ts';

/** The functions of the engine that the server calls. The caller has bound policies, clock and random source. */
export interface Engine {
  readonly mutate: (request: Request) => Decision;
  readonly validate: (request: Request) => Decision;
}

export const WEBHOOKS = ['mutate', 'validate'] as const;
export type WebhookName = (typeof WEBHOOKS)[number];

/** One answered review, for the log and the metrics. */
export interface ReviewResult {
  readonly webhook: WebhookName;
  readonly review: Review;
  readonly answer: ReviewAnswer;
  readonly milliseconds: number;
  /** Undefined if the API server traces nothing. */
  readonly traceparent?: string | undefined;
}

export interface SerializedAnswer {
  readonly answer: ReviewAnswer;
  /** The body of the answer. */
  readonly json: string;
}

export function answerFor(name: WebhookName, engine: Engine): (review: Review) => SerializedAnswer {
  const answerReview =
    name === 'mutate'
      ? (review: Review): ReviewAnswer => mutate(review, engine.mutate)
      : (review: Review): ReviewAnswer => validate(review, engine.validate);
  return (review) => {
    const answer = answerReview(review);
    return { answer, json: serialize(review, answer) };
  };
}

/** Writes each value that lockstep can compute. The validating webhook reports the rest. */
function mutate(review: Review, evaluate: (request: Request) => Decision): ReviewAnswer {
  if (review.request === undefined) return passed(review);
  const decision = evaluate(review.request);
  if (decision.skipped !== undefined) return passed(review, decision);
  return decision.changes.length === 0 ? allowed(review, decision) : patched(review, decision);
}

/**
 * Validates the object as it will be stored, so that no inconsistent Secret gets in even if the mutating call was
 * skipped.
 */
function validate(review: Review, evaluate: (request: Request) => Decision): ReviewAnswer {
  if (review.request === undefined) return passed(review);
  const decision = evaluate(review.request);
  if (decision.skipped === 'exempt' && isSelfProbe(review)) return probeAnswered(review, decision);
  if (decision.skipped !== undefined) return passed(review, decision);
  return decision.findings.some(denies) ? denied(review, decision) : allowed(review, decision);
}

/** The dry run of lockstep's own Secret: src/kube/webhooks/probe.ts. */
const isSelfProbe = ({ dryRun, name }: Review): boolean => dryRun && name === CA_SECRET_NAME;
