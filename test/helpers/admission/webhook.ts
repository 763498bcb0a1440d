import type { Buffer } from 'node:buffer';
import { readReview } from '../../../src/admission/review/review.ts';
import { answerFor, type Engine, type WebhookName } from '../../../src/admission/review/webhook.ts';

/** Turns the bytes of a review into the bytes of its answer. */
export function webhook(name: WebhookName, engine: Engine) {
  const answerReview = answerFor(name, engine);
  return (body: Buffer) => answerReview(readReview(body));
}
