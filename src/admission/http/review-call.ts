import type { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LockstepError } from '../../errors.ts';
import { readNamespace } from '../review/unread-review.ts';
import { type BodyChunks, headOf, UnreadBody } from './body.ts';
import { BodyCollector, type CollectedBody } from './body-collector.ts';
import type { BodyDeadlines } from './body-deadlines.ts';
import { type BodyAllocation, type BodyMemory, SMALL_BODY_BYTES } from './body-memory.ts';
import type { HeldAnswers, ReadyAnswer } from './held-answers.ts';
import type { QueuedReview, ReviewQueue } from './review-queue.ts';
import { sendJson } from './send-json.ts';
import { senderOf } from './sender.ts';

/** The parts of the server that all calls share. */
export interface CallResources {
  readonly memory: BodyMemory;
  readonly deadlines: BodyDeadlines;
  readonly queue: ReviewQueue;
  readonly answers: HeldAnswers;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

export interface CallAnswer {
  readonly status: number;
  readonly json: string;
  /** Whether the socket ends after the answer. */
  readonly closes: boolean;
  /** Called after the answer is sent. The next large body may already have overwritten this one. */
  readonly onSent: () => void;
}

/** How a webhook answers its calls. A call whose answer throws is passed to `fail`. */
export interface CallHandler {
  /** Whether its reviews come after those of all other webhooks. */
  readonly isLast: boolean;
  /** In bytes. */
  readonly maxBodyBytes: number;
  readonly evaluate: (chunks: BodyChunks, call: ReviewCall) => void;
  readonly answerUnread: (unread: UnreadBody, call: ReviewCall) => void;
  readonly fail: (error: unknown, call: ReviewCall) => void;
}

const NO_CHUNKS: BodyChunks = [];

/**
 * One call of a webhook:
 *
 *     the body arrives ── it waits for its turn ── it is evaluated ── answered
 *            └──────────────────────┴── answered without being read: its time is over, or others need the memory
 *
 * The memory of the body is released after the answer.
 */
export class ReviewCall implements QueuedReview, ReadyAnswer {
  /** The time after which the caller no longer waits, in milliseconds of the clock. */
  readonly deadline: number;
  readonly sender: string;
  readonly isLast: boolean;
  /** The time at which the body was complete, in milliseconds of the clock. */
  completeAt = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #resources: CallResources;
  readonly #handler: CallHandler;
  readonly #memory: BodyAllocation;
  readonly #collector: BodyCollector;
  #chunks = NO_CHUNKS;
  #state: 'arrives' | 'waits' | 'evaluated' = 'arrives';
  #removeFromQueue: (() => void) | undefined;
  #answer: CallAnswer | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    budgetMs: number,
    resources: CallResources,
    handler: CallHandler,
  ) {
    this.#request = request;
    this.#response = response;
    this.#resources = resources;
    this.#handler = handler;
    this.deadline = resources.clock() + budgetMs;
    this.sender = senderOf(request.socket.remoteAddress);
    this.isLast = handler.isLast;
    this.#memory = resources.memory.allocate(this.sender, () => this.#onEvicted());
    const limits = { budgetMs, maxBytes: handler.maxBodyBytes };
    this.#collector = new BodyCollector(request, limits, this.#memory, resources.deadlines, (body) =>
      this.#onBody(body),
    );
    response.on('close', () => this.#onClose());
  }

  get bytes(): number {
    return this.#memory.smallBytes + this.#memory.largeBytes;
  }

  namespace(): string {
    return readNamespace(this.#head());
  }

  run(): void {
    this.#state = 'evaluated';
    const chunks = this.#chunks;
    // The evaluation decides how long the body lives.
    this.#chunks = NO_CHUNKS;
    this.attempt(() => this.#handler.evaluate(chunks, this));
  }

  onExpired(): void {
    this.#answerUnread(new UnreadBody(this.#head(), new LockstepError('TIME_BUDGET_EXCEEDED')));
  }

  /** Runs a part of the evaluation. An error answers the call. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#handler.fail(error, this);
    }
  }

  /** Sends the answer, soon. Returns false if the call has one already. */
  answer(answer: CallAnswer): boolean {
    if (this.#answer !== undefined) return false;
    this.#answer = answer;
    this.#resources.answers.add(this);
    return true;
  }

  send(): void {
    const answer = this.#answer;
    if (answer !== undefined) this.attempt(() => sendJson(this.#response, answer));
  }

  report(): void {
    this.attempt(() => this.#answer?.onSent());
  }

  #onBody(body: CollectedBody): void {
    this.completeAt = this.#resources.clock();
    if (body instanceof LockstepError) this.#handler.fail(body, this);
    else if (body instanceof UnreadBody) this.#answerUnread(body);
    else {
      this.#chunks = body;
      this.#state = 'waits';
      this.#removeFromQueue = this.#resources.queue.add(this);
    }
  }

  #onEvicted(): void {
    if (this.#state === 'arrives') {
      this.#collector.refuse(new LockstepError('MEMORY_BUDGET_EXCEEDED'));
    } else if (this.#state === 'waits') {
      this.#removeFromQueue?.();
      this.#answerUnread(new UnreadBody(this.#head(), new LockstepError('MEMORY_BUDGET_EXCEEDED')));
    } else this.#request.socket.destroy();
  }

  /** After the answer, or if the caller has disconnected. */
  #onClose(): void {
    if (this.#state === 'waits') this.#removeFromQueue?.();
    this.#collector.onClosed();
    this.#memory.release();
  }

  #answerUnread(unread: UnreadBody): void {
    this.#state = 'evaluated';
    this.#chunks = NO_CHUNKS;
    this.attempt(() => this.#handler.answerUnread(unread, this));
  }

  #head(): Buffer {
    return headOf(this.#chunks, SMALL_BODY_BYTES);
  }
}
