import type { Buffer } from 'node:buffer';
import type { FastifyReply } from 'fastify';
import { LockstepError } from '../../errors.ts';
import { readBeginning } from '../review/unread-review.ts';
import { beginningOf, type Chunks, type Collected, Unread } from './body.ts';
import { SMALL_BODY } from './body-memory.ts';
import type { Turns } from './review-queue.ts';

/** `until`: nobody waits for the answer from then on. Milliseconds of the clock. */
export type Arrived = Collected & { readonly until: number };

interface Ends {
  readonly judge: () => FastifyReply | Promise<FastifyReply>;
  readonly refuse: (unread: Unread) => FastifyReply;
}

/** Judges it when its turn has come. Whoever has gone by then is not waited for. */
export function inTurn(
  { chunks, until, keep }: Pick<Arrived, 'until' | 'keep'> & { readonly chunks: Chunks },
  { raw, request }: FastifyReply,
  turns: Turns,
  { judge, refuse }: Ends,
): Promise<FastifyReply> {
  return new Promise((resolve, reject) => {
    const end = (work: Ends['judge']): void => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    };
    const head = (): Buffer => beginningOf(chunks, SMALL_BODY);
    const giveUp = (why: 'TIME_BUDGET_EXCEEDED' | 'MEMORY_BUDGET_EXCEEDED'): void =>
      end(() => refuse(new Unread(head(), new LockstepError(why))));
    const withdraw = turns.add({
      group: () => readBeginning(head())?.namespace ?? '',
      until,
      take: () => {
        keep(() => request.raw.socket.destroy());
        end(judge);
      },
      giveUp: () => giveUp('TIME_BUDGET_EXCEEDED'),
    });
    keep(() => {
      withdraw();
      giveUp('MEMORY_BUDGET_EXCEEDED');
    });
    raw.once('close', withdraw);
  });
}
