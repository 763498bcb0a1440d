import type { LoginEnd } from '../../engine/credential/change/change-request.ts';
import { seconds } from './progress-block.ts';

/** How it ended that somebody waited for. */
export type ToldEnd =
  | LoginEnd
  | { readonly kind: 'stopped'; readonly sentence: string }
  | { readonly kind: 'left'; readonly isLed: boolean };

export interface EndContext {
  /** `shop/app` */
  readonly secret: string;
  /** Of the Secret, at the end. */
  readonly version: number;
  readonly restarts: boolean;
  /** Milliseconds. */
  readonly took: number;
  /** Somebody wanted the server to follow what the Secret says. */
  readonly fromSecret: boolean;
}

/** For whoever waited. */
export function loginEndLines(
  end: ToldEnd,
  { secret, version, restarts, took, fromSecret }: EndContext,
): readonly string[] {
  switch (end.kind) {
    case 'changed': {
      const consumers = restarts ? ', and those that read it were brought to it' : '';
      return [`Secret and server have the password of version ${version}${consumers}: ${seconds(took)}`];
    }
    case 'unchanged':
      return [
        fromSecret
          ? 'Secret and server are in step: there was nothing to change'
          : 'not changed: somebody has written another login into the Secret meanwhile, and that counts',
      ];
    case 'refused':
      return [`not changed: ${end.reason}`];
    case 'undone':
      return [`undone, in the server and in the Secret: ${end.reason}`];
    case 'diverged':
      return [
        `stopped: Secret and server are not in step: ${end.reason}`,
        `lockstep doctor ${secret} says which side is right`,
      ];
    case 'stopped':
      return [
        `stopped: ${end.sentence}`,
        'the record keeps the request: this command goes on with it, or a controller that leads',
        `lockstep rotate ${secret} --cancel withdraws a change that has not begun`,
      ];
    case 'left':
      return [
        end.isLed
          ? `the controller goes on with it; lockstep history ${secret} tells how far it is`
          : 'it goes on when this command is given again, or when a controller leads',
      ];
  }
}

/** 0 where Secret and server are as somebody wanted them, else 1. */
export const loginExitCode = (end: ToldEnd, { fromSecret }: Pick<EndContext, 'fromSecret'>): number =>
  end.kind === 'changed' || (end.kind === 'unchanged' && fromSecret) ? 0 : 1;
