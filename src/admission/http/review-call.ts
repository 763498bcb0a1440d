import { Buffer } from 'node:buffer';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LockstepError } from '../../errors/errors.ts';
import { readNamespace } from '../review/unread-review.ts';
import { ReviewBody } from './body.ts';
import { type BodyAllocation, type BodyMemory, SMALL_BODY_BYTES } from './body-memory.ts';
import { answerBudgetMs } from './deadline.ts';
import type { QueuedReview, ReviewQueue } from './review-queue.ts';
import { sendJson } from './send-json.ts';
import { senderOf } from './sender.ts';

/** The parts of the server that all calls share. */
export interface CallResources {
  readonly memory: BodyMemory;
  readonly queue: ReviewQueue;
  readonly onError: (error: unknown, status: number) => void;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

/** How a webhook answers its calls. */
export interface CallHandler {
  /** Whether its reviews come after those of all other webhooks. */
  readonly isLast: boolean;
  readonly maxBodyBytes: number;
  /** May throw. */
  readonly evaluate: (body: Buffer, call: ReviewCall) => void;
  /** Returns false if `head` is not the beginning of a review. */
  readonly answerUnread: (head: Buffer, error: LockstepError, call: ReviewCall) => boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a path that is no webhook, and before the body. */
    call: ReviewCall | undefined;
  }
}

const NO_BODY = Buffer.alloc(0);

/** https://www.w3.org/TR/trace-context/#traceparent-header, of version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * One call of a webhook:
 *
 *     the body arrives ── it waits for its turn ── it is evaluated ── answered
 *            └──────────────────────┴── answered without being read: its time is over, or others need the memory
 *
 * The memory of the body is released after the answer.
 */
export class ReviewCall implements QueuedReview {
  /** The time after which the caller no longer waits, in milliseconds of the clock. */
  readonly deadline: number;
  readonly sender: string;
  /** The trace of the request, for its log line. Undefined for any other text, because the header may hold anything. */
  readonly traceparent: string | undefined;
  readonly handler: CallHandler;
  /** The body while it arrives. */
  readonly incoming: ReviewBody;
  /** The time at which the body was complete, in milliseconds of the clock. */
  completeAt = 0;
  readonly #reply: FastifyReply;
  readonly #resources: CallResources;
  readonly #memory: BodyAllocation;
  #body: Buffer = NO_BODY;
  #state: 'arrives' | 'waits' | 'evaluated' = 'arrives';
  #removeFromQueue: (() => void) | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply, handler: CallHandler, resources: CallResources) {
    this.#reply = reply;
    this.#resources = resources;
    this.handler = handler;
    const budgetMs = answerBudgetMs((request.query as { timeout?: unknown }).timeout);
    this.deadline = resources.clock() + budgetMs;
    this.sender = senderOf(request.socket.remoteAddress);
    const { traceparent } = request.headers;
    this.traceparent =
      typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;
    this.#memory = resources.memory.allocate(this.sender, () => this.#onEvicted());
    this.incoming = new ReviewBody(request.raw, { budgetMs, maxBytes: handler.maxBodyBytes }, this.#memory);
    reply.raw.on('close', () => this.#onClose());
  }

  get isLast(): boolean {
    return this.handler.isLast;
  }

  get bytes(): number {
    return this.#body.length;
  }

  namespace(): string {
    return readNamespace(this.#body);
  }

  /** The body is complete, and waits for its turn. */
  enqueue(body: Buffer): void {
    this.completeAt = this.#resources.clock();
    this.#body = body;
    this.#state = 'waits';
    this.#removeFromQueue = this.#resources.queue.add(this);
  }

  run(): void {
    this.#state = 'evaluated';
    this.attempt(() => this.handler.evaluate(this.#body, this));
  }

  onExpired(): void {
    this.#state = 'evaluated';
    this.#reply.send(new LockstepError('TIME_BUDGET_EXCEEDED'));
  }

  /** Runs a part of the evaluation. An error answers the call. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#reply.sent) this.#resources.onError(error, 500);
      else this.#reply.send(error);
    }
  }

  /** `closes` ends the socket after the answer. */
  answer(json: string, closes: boolean): void {
    sendJson(this.#reply, { status: 200, json, closes });
  }

  /** Answers a review that is not read. Calls `otherwise` if it does not look like a review. */
  answerUnread(error: LockstepError, otherwise: () => void): void {
    const answer = (head: Buffer): void => {
      if (!this.handler.answerUnread(head, error, this)) otherwise();
    };
    if (this.#state === 'arrives') this.incoming.readHead(answer);
    else answer(this.#body.subarray(0, SMALL_BODY_BYTES));
  }

  #onEvicted(): void {
    if (this.#state === 'evaluated') {
      this.#reply.request.socket.destroy();
      return;
    }
    const error = new LockstepError('MEMORY_BUDGET_EXCEEDED');
    if (this.#state === 'arrives') this.incoming.destroy(error);
    else {
      this.#removeFromQueue?.();
      this.#state = 'evaluated';
      this.#reply.send(error);
    }
  }

  /** After the answer, or if the caller has disconnected. */
  #onClose(): void {
    if (this.#state === 'waits') this.#removeFromQueue?.();
    this.incoming.discard();
    this.#memory.release();
  }
}
