import { Buffer } from 'node:buffer';
import { LockstepError } from '../../errors.ts';
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
import { type BodyChunks, concatChunks, MAX_BODY_BYTES, MAX_POLICY_BODY_BYTES, UnreadBody } from './body.ts';
import { SMALL_BODY_BYTES } from './body-memory.ts';
import { errorAnswer } from './error-response.ts';
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
  /** Called after each answered review. The next large body may already have overwritten its values. */
  readonly onReview: (outcome: ReviewResult | PolicyReviewResult) => void;
  /** Called after each review that was answered without reading it. */
  readonly onUnread: (review: UnreadReview, error: LockstepError, verdict: 'denied' | 'warned') => void;
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
    const onSent = (): void => {
      const milliseconds = options.clock() - call.completeAt;
      options.onReview({ webhook: name, review, answer, milliseconds });
    };
    call.answer({ status: 200, json, closes: state.draining, onSent });
  };
  // The validating webhook decides about the same write, so the mutating one never refuses it.
  const unread = unreadAnswerer(
    name === 'mutate' ? 'unchanged' : 'unvalidated',
    (review) => name === 'validate' && options.deniesUnread(review),
    options,
    state,
  );
  return {
    isLast: false,
    maxBodyBytes: MAX_BODY_BYTES,
    answerUnread: unread,
    fail: failure(options, state),
    evaluate: (chunks, call) => {
      const body = completeBody(chunks);
      if (body instanceof UnreadBody) {
        unread(body, call);
        return;
      }
      const review = readReview(body);
      const namespaceReady = review.request && options.awaitNamespace?.(review.namespace);
      if (namespaceReady === undefined) {
        respond(review, call);
        return;
      }
      // The values of a large review are slices of its body, and the next body overwrites that memory.
      const bodyCopy = Buffer.from(body);
      void namespaceReady.then(() => call.attempt(() => respond(readReview(bodyCopy), call)));
    },
  };
}

/** Answers `POST /validate-policy`. */
export function policyHandler(options: ReviewHandlerOptions, state: ServerState): CallHandler {
  // A policy must be correctable while the pod is busy. Its status says whether it can be used.
  const unread = unreadAnswerer(
    'unvalidated',
    (review, error) => error.status !== 503 && options.deniesUnread(review),
    options,
    state,
  );
  return {
    isLast: true,
    maxBodyBytes: MAX_POLICY_BODY_BYTES,
    answerUnread: unread,
    fail: failure(options, state),
    evaluate: (chunks, call) => {
      const body = completeBody(chunks);
      if (body instanceof UnreadBody) {
        unread(body, call);
        return;
      }
      const { review, answer, json } = answerPolicyReview(body, options.policies);
      const onSent = (): void => {
        const milliseconds = options.clock() - call.completeAt;
        options.onReview({ webhook: POLICY_WEBHOOK, review, answer, milliseconds });
      };
      call.answer({ status: 200, json, closes: state.draining, onSent });
    },
  };
}

function failure(options: ReviewHandlerOptions, state: ServerState): CallHandler['fail'] {
  return (error, call) => {
    const { status, json, isOverloaded, reported } = errorAnswer(error);
    const onSent = (): void => options.onError(reported, status);
    if (!call.answer({ status, json, closes: state.draining || isOverloaded, onSent })) onSent();
  };
}

/** The beginning of the body holds the uid to answer. A body without it does not come from an API server. */
function unreadAnswerer(
  effect: UnreadEffect,
  denies: (review: UnreadReview, error: LockstepError) => boolean,
  options: ReviewHandlerOptions,
  state: ServerState,
): CallHandler['answerUnread'] {
  return ({ head, error }, call) => {
    const review = readReviewHead(head);
    if (review === undefined) throw error;
    const { verdict, json } = answerUnread(review, error, denies(review, error), effect);
    const onSent = (): void => options.onUnread(review, error, verdict);
    call.answer({ status: 200, json, closes: state.draining || error.status === 503, onSent });
  };
}

/** The body in one buffer. If it has too many parts, it is not read. */
function completeBody(chunks: BodyChunks): Buffer | UnreadBody {
  const buffer = concatChunks(chunks);
  return hasTooManyParts(buffer)
    ? new UnreadBody(buffer.subarray(0, SMALL_BODY_BYTES), new LockstepError('TOO_MANY_PARTS'))
    : buffer;
}
