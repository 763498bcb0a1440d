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
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { isConflict, LockstepError } from '../../errors/errors.ts';
import type { RolloutAdvance, RolloutEvent } from '../ports.ts';

export interface RolloutNeeds {
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
  const event = next === rollout ? undefined : eventOf(step, next ?? rollout);
  return { rollout: next, requeueAfter: next && pollDelay(step, next, input.now), event };
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

/** The process may end before the rollout is stored. Then the event occurs again. */
function eventOf(step: RolloutStep, rollout: Rollout): RolloutEvent | undefined {
  const version = newestChange(rollout).number;
  switch (step.kind) {
    case 'finished':
      // Without consumers there is nothing to report.
      return rollout.done.size > 0 ? { kind: 'finished', version, workloads: rollout.done.size } : undefined;
    case 'restart':
      return step.stamp === undefined ? undefined : { kind: 'restarted', version, workload: step.workload };
    case 'stopped':
    case 'passed':
      return { kind: step.kind, version, workload: step.workload, reason: step.reason };
    case 'wait':
      return undefined;
  }
}

function pollDelay(step: RolloutStep, { current }: Rollout, now: Date): number {
  if (step.kind === 'stopped') return STOPPED_POLL_MS;
  if (step.kind === 'passed') return 0;
  const waited = now.getTime() - (current?.since ?? now).getTime();
  return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, waited / 2));
}
