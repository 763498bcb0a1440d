import type { Buffer } from 'node:buffer';
import type { FastifyReply } from 'fastify';
import { LockstepError } from '../../errors.ts';
import { readReviewHead } from '../review/unread-review.ts';
import { type BodyChunks, type CollectedBody, headOf, UnreadBody } from './body.ts';
import { SMALL_BODY_BYTES } from './body-memory.ts';
import type { ReviewQueue } from './review-queue.ts';

/** `until` is the time after which the caller no longer waits, in milliseconds of the clock. */
export type ReceivedBody = CollectedBody & { readonly until: number };

interface ReviewHandlers {
  readonly evaluate: () => FastifyReply | Promise<FastifyReply>;
  readonly answerUnread: (unread: UnreadBody) => FastifyReply;
}

/** Evaluates the review when its turn comes. A review whose caller has disconnected leaves the queue. */
export function queueReview(
  { chunks, until, keep }: Pick<ReceivedBody, 'until' | 'keep'> & { readonly chunks: BodyChunks },
  { raw, request }: FastifyReply,
  queue: ReviewQueue,
  { evaluate, answerUnread }: ReviewHandlers,
): Promise<FastifyReply> {
  return new Promise((resolve, reject) => {
    const settle = (work: ReviewHandlers['evaluate']): void => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    };
    const head = (): Buffer => headOf(chunks, SMALL_BODY_BYTES);
    const reportUnread = (code: 'TIME_BUDGET_EXCEEDED' | 'MEMORY_BUDGET_EXCEEDED'): void =>
      settle(() => answerUnread(new UnreadBody(head(), new LockstepError(code))));
    const removeFromQueue = queue.add({
      namespace: () => readReviewHead(head())?.namespace ?? '',
      deadline: until,
      run: () => {
        keep(() => request.raw.socket.destroy());
        settle(evaluate);
      },
      onExpired: () => reportUnread('TIME_BUDGET_EXCEEDED'),
    });
    keep(() => {
      removeFromQueue();
      reportUnread('MEMORY_BUDGET_EXCEEDED');
    });
    raw.once('close', removeFromQueue);
  });
}
