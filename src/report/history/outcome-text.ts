import type { ChangeRequestOutcome } from '../../engine/credential/change/change-request.ts';
import { durationText } from './progress-block.ts';

/** The outcome of a change that a command followed. */
export type ReportedOutcome =
  | ChangeRequestOutcome
  | { readonly kind: 'stopped'; readonly sentence: string }
  | { readonly kind: 'left'; readonly isLed: boolean };

export interface OutcomeContext {
  /** `shop/app` */
  readonly secret: string;
  /** Version of the Secret at the end. */
  readonly version: number;
  readonly restartsConsumers: boolean;
  readonly durationMs: number;
  /** The user requested the password of the Secret for the server. */
  readonly fromSecret: boolean;
}

/** The lines that the command prints at its end. */
export function outcomeLines(
  outcome: ReportedOutcome,
  { secret, version, restartsConsumers, durationMs, fromSecret }: OutcomeContext,
): readonly string[] {
  switch (outcome.kind) {
    case 'changed': {
      const consumers = restartsConsumers ? ', and its consumers are rolled out' : '';
      return [
        `Secret and server have the password of version ${version}${consumers}: ${durationText(durationMs)}`,
      ];
    }
    case 'unchanged':
      return [
        fromSecret
          ? 'Secret and server are in step: there was nothing to change'
          : 'not changed: somebody has written another login into the Secret meanwhile, and that counts',
      ];
    case 'refused':
      return [`not changed: ${outcome.reason}`];
    case 'undone':
      return [`undone, in the server and in the Secret: ${outcome.reason}`];
    case 'diverged':
      return [
        `stopped: Secret and server are not in step: ${outcome.reason}`,
        `lockstep doctor ${secret} says which side is right`,
      ];
    case 'stopped':
      return [
        `stopped: ${outcome.sentence}`,
        'the record keeps the request: this command goes on with it, or a controller that leads',
        `lockstep rotate ${secret} --cancel withdraws a change that has not begun`,
      ];
    case 'left':
      return [
        outcome.isLed
          ? `the controller goes on with it; lockstep history ${secret} tells how far it is`
          : 'it goes on when this command is given again, or when a controller leads',
      ];
  }
}

/** 0 if Secret and server are in the requested state, else 1. */
export const outcomeExitCode = (
  outcome: ReportedOutcome,
  { fromSecret }: Pick<OutcomeContext, 'fromSecret'>,
): number => (outcome.kind === 'changed' || (outcome.kind === 'unchanged' && fromSecret) ? 0 : 1);
