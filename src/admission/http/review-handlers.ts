import { Buffer } from 'node:buffer';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LockstepError } from '../../errors.ts';
import {
  answerPolicyReview,
  POLICY_WEBHOOK,
  type PolicyReviewResult,
  type PolicyValidator,
} from '../policy-review/validate-policy.ts';
import { hasTooManyParts } from '../review/json-structure.ts';
import { type Review, readReview } from '../review/review.ts';
import { answerUnread, readReviewHead, type UnreadReview } from '../review/unread-review.ts';
import { answerFor, type Engine, type ReviewResult, type WebhookName } from '../review/webhook.ts';
import { type BodyChunks, concatChunks, UnreadBody } from './body.ts';
import { SMALL_BODY_BYTES } from './body-memory.ts';
import { queueReview, type ReceivedBody } from './queued-review.ts';
import type { ReviewQueue } from './review-queue.ts';

export interface ReviewHandlerOptions {
  readonly engine: Engine;
  /**
   * Resolves when the engine knows the labels that policies match for this namespace. Undefined if there is no need to
   * wait. It is bounded, and never rejects.
   */
  readonly awaitNamespace?: (namespace: string) => Promise<void> | undefined;
  readonly policies: PolicyValidator;
  /**
   * Whether to refuse a review that is not read, because it is too large or the server is busy. Otherwise it is allowed
   * with a warning.
   */
  readonly deniesUnread: (review: UnreadReview) => boolean;
  /** Called after each answered review. */
  readonly onReview: (outcome: ReviewResult | PolicyReviewResult) => void;
  /** Called after each review that was answered without reading it. */
  readonly onUnread: (review: UnreadReview, error: LockstepError, verdict: 'denied' | 'warned') => void;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

interface ServerState {
  readonly draining: boolean;
  readonly queue: ReviewQueue;
}

/** Answers `POST /mutate` or `POST /validate`. */
export function reviewHandler(name: WebhookName, options: ReviewHandlerOptions, state: ServerState) {
  const answerTo = answerFor(name, options.engine);
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const startedAt = options.clock();
    const received = receivedBody(request, reply);
    const refuse = (unreadBody: UnreadBody): FastifyReply =>
      answerUnreadBody(unreadBody, reply, options, state);
    const { body: chunks } = received;
    if (chunks instanceof UnreadBody) return refuse(chunks);
    const respond = (review: Review): FastifyReply => {
      const { answer, json } = answerTo(review);
      send(json, reply, state);
      options.onReview({ webhook: name, review, answer, milliseconds: options.clock() - startedAt });
      return reply;
    };
    const evaluate = (): FastifyReply | Promise<FastifyReply> => {
      const body = completeBody(chunks);
      if (body instanceof UnreadBody) return refuse(body);
      const review = readReview(body);
      const namespaceReady = review.request && options.awaitNamespace?.(review.namespace);
      if (namespaceReady === undefined) return respond(review);
      // The values of a large review are slices of its body, and the next body overwrites that memory.
      const bodyCopy = Buffer.from(body);
      return namespaceReady.then(() => respond(readReview(bodyCopy)));
    };
    return queueReview({ ...received, chunks }, reply, state.queue, { evaluate, answerUnread: refuse });
  };
}

/** Answers `POST /validate-policy`. */
export function policyHandler(options: ReviewHandlerOptions, state: ServerState) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const startedAt = options.clock();
    const { body: chunks, keep } = receivedBody(request, reply);
    keep(() => request.raw.socket.destroy());
    const body = chunks instanceof UnreadBody ? chunks : completeBody(chunks);
    if (body instanceof UnreadBody) return answerUnreadBody(body, reply, options, state);
    const { review, answer, json } = answerPolicyReview(body, options.policies);
    send(json, reply, state);
    options.onReview({ webhook: POLICY_WEBHOOK, review, answer, milliseconds: options.clock() - startedAt });
    return reply;
  };
}

/** The beginning of the body holds the uid to answer. A body without it does not come from an API server. */
function answerUnreadBody(
  { head, error }: UnreadBody,
  reply: FastifyReply,
  options: ReviewHandlerOptions,
  state: ServerState,
): FastifyReply {
  const review = readReviewHead(head);
  if (review === undefined) throw error;
  const { verdict, json } = answerUnread(review, error, options.deniesUnread(review));
  if (error.status === 503) reply.header('connection', 'close');
  send(json, reply, state);
  options.onUnread(review, error, verdict);
  return reply;
}

function send(json: string, reply: FastifyReply, { draining }: ServerState): void {
  if (draining) reply.header('connection', 'close');
  reply.type('application/json').send(json);
}

/** fastify skips the parser if the body is empty. The memory of a body is released after its answer is sent. */
function receivedBody(
  request: FastifyRequest,
  reply: FastifyReply,
): Omit<ReceivedBody, 'body'> & { readonly body: BodyChunks | UnreadBody } {
  const received = request.body as ReceivedBody | undefined;
  if (received === undefined) throw new LockstepError('EMPTY_BODY');
  const { body, release } = received;
  if (body instanceof LockstepError) throw body;
  if (!(body instanceof UnreadBody)) reply.raw.once('close', release);
  return { ...received, body };
}

function completeBody(chunks: BodyChunks): Buffer | UnreadBody {
  const buffer = concatChunks(chunks);
  return hasTooManyParts(buffer)
    ? new UnreadBody(buffer.subarray(0, SMALL_BODY_BYTES), new LockstepError('TOO_MANY_PARTS'))
    : buffer;
}
