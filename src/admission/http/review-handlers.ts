import { LockstepError } from '../../errors/errors.ts';
import {
  answerPolicyReview,
  POLICY_WEBHOOK,
  type PolicyReviewResult,
  type PolicyValidator,
} from '../policy-review/validate-policy.ts';
import { hasTooManyParts } from '../review/json-structure.ts';
import { type Review, readReview } from '../review/review.ts';
import {
  answerUnread,
  readReviewHead,
  type UnreadEffect,
  type UnreadReview,
} from '../review/unread-review.ts';
import { answerFor, type Engine, type ReviewResult, type WebhookName } from '../review/webhook.ts';
import { MAX_BODY_BYTES, MAX_POLICY_BODY_BYTES } from './body.ts';
import type { CallHandler, ReviewCall } from './review-call.ts';

export interface ReviewHandlerOptions {
  readonly engine: Engine;
  /**
   * Resolves when the engine knows the labels that policies match for this namespace. Undefined if there is no need to
   * wait. It is bounded, and never rejects.
   */
  readonly awaitNamespace?: (namespace: string) => Promise<void> | undefined;
  readonly policies: PolicyValidator;
  /**
   * Whether to refuse a review that the validating webhook does not read, because it is too large or the server is
   * busy. Otherwise it is allowed with a warning.
   */
  readonly deniesUnread: (review: UnreadReview) => boolean;
  /** Called after each answered review. */
  readonly onReview: (outcome: ReviewResult | PolicyReviewResult) => void;
  /** Called after each review that was answered without reading it. */
  readonly onUnread: (
    review: UnreadReview,
    error: LockstepError,
    verdict: 'denied' | 'warned',
    traceparent: string | undefined,
  ) => void;
  /**
   * Called after each request that was answered with an error. `error` is a LockstepError, or the error that our own
   * code threw.
   */
  readonly onError: (error: unknown, status: number) => void;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

interface ServerState {
  readonly draining: boolean;
}

/** Answers `POST /mutate` or `POST /validate`. */
export function reviewHandler(
  name: WebhookName,
  options: ReviewHandlerOptions,
  state: ServerState,
): CallHandler {
  const answerTo = answerFor(name, options.engine);
  const respond = (review: Review, call: ReviewCall): void => {
    const { answer, json } = answerTo(review);
    call.answer(json, state.draining);
    const milliseconds = options.clock() - call.completeAt;
    const { traceparent } = call;
    options.onReview({ webhook: name, review, answer, milliseconds, traceparent });
  };
  return {
    isLast: false,
    maxBodyBytes: MAX_BODY_BYTES,
    // The validating webhook decides about the same write, so the mutating one never refuses it.
    answerUnread: unreadAnswerer(
      name === 'mutate' ? 'unchanged' : 'unvalidated',
      (review) => name === 'validate' && options.deniesUnread(review),
      options,
      state,
    ),
    evaluate: (body, call) => {
      if (hasTooManyParts(body)) throw new LockstepError('TOO_MANY_PARTS');
      const review = readReview(body);
      const namespaceReady = review.request && options.awaitNamespace?.(review.namespace);
      if (namespaceReady === undefined) respond(review, call);
      else void namespaceReady.then(() => call.attempt(() => respond(review, call)));
    },
  };
}

/** Answers `POST /validate-policy`. */
export function policyHandler(options: ReviewHandlerOptions, state: ServerState): CallHandler {
  return {
    isLast: true,
    maxBodyBytes: MAX_POLICY_BODY_BYTES,
    // A policy must be correctable while the pod is busy. Its status says whether it can be used.
    answerUnread: unreadAnswerer(
      'unvalidated',
      (review, error) => error.status !== 503 && options.deniesUnread(review),
      options,
      state,
    ),
    evaluate: (body, call) => {
      if (hasTooManyParts(body)) throw new LockstepError('TOO_MANY_PARTS');
      const { review, answer, json } = answerPolicyReview(body, options.policies);
      call.answer(json, state.draining);
      const milliseconds = options.clock() - call.completeAt;
      const { traceparent } = call;
      options.onReview({ webhook: POLICY_WEBHOOK, review, answer, milliseconds, traceparent });
    },
  };
}

/** The beginning of the body holds the uid to answer. A body without it does not come from an API server. */
function unreadAnswerer(
  effect: UnreadEffect,
  denies: (review: UnreadReview, error: LockstepError) => boolean,
  options: ReviewHandlerOptions,
  state: ServerState,
): CallHandler['answerUnread'] {
  return (head, error, call) => {
    const review = readReviewHead(head);
    if (review === undefined) return false;
    const { verdict, json } = answerUnread(review, error, denies(review, error), effect);
    call.answer(json, state.draining || error.status === 503);
    options.onUnread(review, error, verdict, call.traceparent);
    return true;
  };
}
