import type { ChangeRequestOutcome } from '../../engine/login/change/change-request.ts';

/** The outcome of a change that a command followed. */
export type ReportedOutcome =
  | ChangeRequestOutcome
  | { readonly kind: 'stopped'; readonly sentence: string; readonly isOpen?: true }
  | { readonly kind: 'left' };

export interface OutcomeContext {
  /** `shop/app` */
  readonly secret: string;
  /** Version of the Secret at the end. */
  readonly version: number;
  /** The consumers that lack the data of that version. Undefined if lockstep restarts none, or can't read them. */
  readonly outdated: readonly string[] | undefined;
  readonly durationMs: number;
  /** The user requested the password of the Secret for the server. */
  readonly fromSecret: boolean;
}

/** The lines that the command prints at its end. */
export function outcomeLines(
  outcome: ReportedOutcome,
  { secret, version, outdated, durationMs, fromSecret }: OutcomeContext,
): readonly string[] {
  switch (outcome.kind) {
    case 'changed': {
      const consumers =
        outdated && `, and ${outdated.length === 0 ? 'its' : 'not all its'} consumers are rolled out`;
      return [
        `Secret and server have the password of version ${version}${consumers ?? ''}: ${durationText(durationMs)}`,
        ...indented(outdated),
      ];
    }
    case 'unchanged':
      return [
        fromSecret
          ? 'Secret and server are in sync: there was nothing to change'
          : 'not changed: the Secret has got another login since the request, and that one counts',
      ];
    case 'refused':
      return [`not changed: ${outcome.reason}`];
    case 'undone':
      return [`undone, in the server and in the Secret: ${outcome.reason}`];
    case 'diverged':
      return [
        `stopped, because Secret and server are not in sync: ${outcome.reason}`,
        `lockstep doctor ${secret} says which side is right`,
      ];
    case 'stopped':
      return [`stopped: ${outcome.sentence}`, ...(outcome.isOpen === true ? openRequestLines(secret) : [])];
    case 'left':
      return [`the controller continues it; lockstep history ${secret} shows its progress`];
  }
}

/** The lines at the end of a rollout. `outdated` as above. */
export function rolloutLines(outdated: readonly string[] | undefined): readonly string[] {
  if (outdated === undefined) return ['the rollout has ended'];
  return outdated.length === 0
    ? ['all consumers are rolled out']
    : ['not all consumers are rolled out:', ...indented(outdated)];
}

const indented = (lines: readonly string[] = []): readonly string[] => lines.map((line) => `  ${line}`);

/** The future of a request that the record still holds. */
export const openRequestLines = (secret: string): readonly string[] => [
  'the request stays in the record, and a controller that leads continues it',
  `lockstep rotate ${secret} --cancel withdraws a request that has not begun`,
];

/** 0 if Secret and server are in the requested state, else 1. */
export const outcomeExitCode = (
  outcome: ReportedOutcome,
  { fromSecret }: Pick<OutcomeContext, 'fromSecret'>,
): number => (outcome.kind === 'changed' || (outcome.kind === 'unchanged' && fromSecret) ? 0 : 1);

/** `9s`, `2m5s` */
function durationText(milliseconds: number): string {
  const totalSeconds = Math.max(0, Math.floor(milliseconds / 1000));
  return totalSeconds < 60 ? `${totalSeconds}s` : `${Math.floor(totalSeconds / 60)}m${totalSeconds % 60}s`;
}
