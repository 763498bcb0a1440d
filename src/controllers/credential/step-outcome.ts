import type { StepResult } from '../../engine/login/change/phases.ts';
import type { WaitReason } from '../../engine/login/status/wait-reason.ts';

/** A step that must run again. */
export interface StepWait {
  readonly kind: 'wait';
  readonly for: WaitReason;
  /** In milliseconds. */
  readonly retryAfter: number;
  /** The consumers of the Secret may be rolled out during the wait. */
  readonly allowsRollout?: boolean;
}

export type StepOutcome = StepResult | StepWait;

export const DONE: StepResult = { kind: 'done' };

export const refused = (reason: string): StepResult => ({ kind: 'refused', reason });

export const failed = (reason: string): StepResult => ({ kind: 'failed', reason });

/** For a step that may run again at once, because another client was first. */
export const RETRY_SOON_MS = 200;
/** For a step in the critical section, and for one that blocks no login. */
export const RETRY_SHORTLY_MS = 1000;
export const RETRY_LATER_MS = 5000;

/** The consumers of the Secret may be rolled out during the wait. */
export const waitWithRollout = (reason: WaitReason, retryAfter = RETRY_LATER_MS): StepWait => ({
  kind: 'wait',
  for: reason,
  retryAfter,
  allowsRollout: true,
});

/** `after` is in milliseconds. */
export const waitForServer = (message: string, after: number): StepWait => ({
  kind: 'wait',
  for: { kind: 'server', message },
  retryAfter: after,
});

export const waitForSessions = (role: string, isNew: boolean): StepWait => ({
  kind: 'wait',
  for: { kind: 'sessions', role, isNew },
  retryAfter: RETRY_SHORTLY_MS,
});
