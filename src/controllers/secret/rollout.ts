import type { Rollout } from '../../engine/record/record.ts';
import type { Workload } from '../../engine/rollout/consumers.ts';
import {
  awaitedOf,
  concernsWorkload,
  newestChange,
  nextDue,
  nextRolloutStep,
  type RolloutInput,
  type RolloutStep,
  rolloutAfterStep,
} from '../../engine/rollout/rollout.ts';
import { isConflict, LockstepError } from '../../errors.ts';
import type { RolloutAdvance, SecretRef } from '../ports.ts';

/** An event of a rollout. `version` is the version that the consumers get. */
export type RolloutEvent = { readonly version: number } & (
  | { readonly kind: 'restarted'; readonly workload: Workload }
  /** `workloads` is their number. */
  | { readonly kind: 'finished'; readonly workloads: number }
  /** `reason` completes "Deployment/backend …". */
  | { readonly kind: 'stopped' | 'passed'; readonly workload: Workload; readonly reason: string }
);

export interface RolloutNeeds {
  /** All workloads of a namespace. */
  readonly workloads: (namespace: string) => Promise<readonly Workload[]>;
  /** `id` is `Kind/name`. Undefined if there is no such workload. */
  readonly workload: (namespace: string, id: string) => Promise<Workload | undefined>;
  /** The time since which its pods have the present template. Undefined if it is not known. */
  readonly templateChangedAt: (workload: Workload) => Promise<Date | undefined>;
  /**
   * Writes `lockstep.dev/secret-version` to the pod template. Does nothing if the workload is gone. Rejects if it has
   * changed since it was read.
   */
  readonly restart: (workload: Workload, stamp: string) => Promise<void>;
  /** Called once for each event, unless the process ends before the rollout is stored. */
  readonly recordEvent: (event: RolloutEvent) => void;
  readonly now: () => Date;
  /** The time in milliseconds that one workload may take to become healthy. */
  readonly timeout?: number;
}

/** The default of a Deployment (`progressDeadlineSeconds`). */
const DEFAULT_TIMEOUT_MS = 10 * 60 * 1000;
const MIN_POLL_MS = 100;
const MAX_POLL_MS = 1000;
const STOPPED_POLL_MS = 30_000;

/**
 * One step of a rollout, decided only by the stored rollout and the cluster. If the rollout was not stored in between,
 * the step runs twice, with the same effect as once. Throws a LockstepError if the cluster can't be read or written.
 */
export async function advanceRollout(
  secret: SecretRef,
  rollout: Rollout,
  needs: RolloutNeeds,
): Promise<RolloutAdvance> {
  const input = await gather(secret, rollout, needs);
  const step = await applyStep(nextRolloutStep(input), needs);
  if (step === undefined) return { rollout, requeueAfter: MIN_POLL_MS };
  const next = rolloutAfterStep(rollout, step, input.now);
  if (next !== rollout) recordStepEvent(step, next ?? rollout, needs);
  return { rollout: next, requeueAfter: next && pollDelay(step, next, input.now) };
}

/** While a workload is awaited, only that one is read: there may be hundreds. */
async function gather(secret: SecretRef, rollout: Rollout, needs: RolloutNeeds): Promise<RolloutInput> {
  const awaited = awaitedOf(rollout);
  if (awaited !== undefined) {
    const workload = await needs.workload(secret.namespace, awaited);
    const input = await rolloutInputOf(workload ? [workload] : [], secret, rollout, needs);
    if (concernsWorkload(nextRolloutStep(input), awaited)) return input;
  }
  return rolloutInputOf(await needs.workloads(secret.namespace), secret, rollout, needs);
}

async function rolloutInputOf(
  workloads: readonly Workload[],
  { name }: SecretRef,
  rollout: Rollout,
  { templateChangedAt, now, timeout = DEFAULT_TIMEOUT_MS }: RolloutNeeds,
): Promise<RolloutInput> {
  const due = nextDue(rollout, name, workloads);
  const since = due && (await templateChangedAt(due.workload));
  return { rollout, secret: name, workloads, revisedAt: since, now: now(), timeout };
}

/** The executed step, or undefined if another client has changed the workload. Then the workload must be read again. */
async function applyStep(step: RolloutStep, { restart }: RolloutNeeds): Promise<RolloutStep | undefined> {
  if (!('stamp' in step) || step.stamp === undefined) return step;
  const { workload, stamp } = step;
  try {
    await restart(workload, stamp);
    return step;
  } catch (error) {
    if (isConflict(error)) return undefined;
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_RESTART_REFUSED')
      return { kind: 'stopped', workload, reason: `can not be restarted: ${error.message}` };
    throw error;
  }
}

function recordStepEvent(step: RolloutStep, rollout: Rollout, needs: RolloutNeeds): void {
  const version = newestChange(rollout).number;
  switch (step.kind) {
    case 'finished':
      // Without consumers there is nothing to report.
      if (rollout.done.size > 0)
        needs.recordEvent({ kind: 'finished', version, workloads: rollout.done.size });
      return;
    case 'restart':
      if (step.stamp !== undefined)
        needs.recordEvent({ kind: 'restarted', version, workload: step.workload });
      return;
    case 'stopped':
    case 'passed':
      needs.recordEvent({ kind: step.kind, version, workload: step.workload, reason: step.reason });
      return;
    case 'wait':
      return;
  }
}

function pollDelay(step: RolloutStep, { current }: Rollout, now: Date): number {
  if (step.kind === 'stopped') return STOPPED_POLL_MS;
  if (step.kind === 'passed') return 0;
  const waited = now.getTime() - (current?.since ?? now).getTime();
  return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, waited / 2));
}
