import type { Rollout } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { type Workload, workloadId } from '../../engine/workloads/rollout/consumers.ts';
import { olderPodsOf } from '../../engine/workloads/rollout/progress.ts';
import { isLeftToReloader, isReloadedFor } from '../../engine/workloads/rollout/reloader.ts';
import {
  awaitedOf,
  concernsWorkload,
  newestChange,
  nextDue,
  nextRolloutStep,
  type RolloutInput,
  type RolloutStep,
  rolloutAfterStep,
} from '../../engine/workloads/rollout/rollout.ts';
import { isConflict, LockstepError } from '../../errors/errors.ts';
import type { RolloutAdvance, RolloutEvent } from '../ports.ts';

/** The Secret, as far as the restart of its consumers depends on it. */
export type RolloutSecret = Pick<Secret, 'namespace' | 'name' | 'annotations' | 'data'>;

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
  /** The time in milliseconds until each pod reads the new values. A Redis server restarts after it. */
  readonly propagation?: number | undefined;
  /** See `RolloutInput`. */
  readonly awaitsOlderPods?: boolean | undefined;
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
  secret: RolloutSecret,
  rollout: Rollout,
  needs: RolloutNeeds,
): Promise<RolloutAdvance> {
  const input = await gather(secret, rollout, needs);
  const step = await applyStep(nextRolloutStep(input), needs);
  if (step === undefined) return { rollout, requeueAfter: MIN_POLL_MS };
  const next = rolloutAfterStep(rollout, step, input.now);
  const event = next === rollout ? undefined : eventOf(step, next ?? rollout, input);
  return { rollout: next, requeueAfter: next && pollDelay(step, next, input.now), event };
}

/** While a workload is awaited, only that one is read: there may be hundreds. */
async function gather(secret: RolloutSecret, rollout: Rollout, needs: RolloutNeeds): Promise<RolloutInput> {
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
  secret: RolloutSecret,
  rollout: Rollout,
  { templateChangedAt, now, timeout = DEFAULT_TIMEOUT_MS, propagation, awaitsOlderPods }: RolloutNeeds,
): Promise<RolloutInput> {
  const due = nextDue(rollout, secret.name, workloads);
  const revisedAt = due && (await templateChangedAt(due.workload));
  const reloader = due && reloaderStateOf(due.workload, secret);
  return {
    rollout,
    secret: secret.name,
    workloads,
    revisedAt,
    reloader,
    now: now(),
    timeout,
    propagation,
    awaitsOlderPods,
  };
}

function reloaderStateOf({ reloader }: Workload, secret: RolloutSecret): RolloutInput['reloader'] {
  if (!isLeftToReloader(reloader, secret)) return undefined;
  return isReloadedFor(reloader, secret) ? 'reloaded' : 'due';
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
function eventOf(step: RolloutStep, rollout: Rollout, input: RolloutInput): RolloutEvent | undefined {
  const version = newestChange(rollout).number;
  switch (step.kind) {
    case 'finished':
      return finishedEvent(rollout, version, input);
    case 'restart':
      return restartEvent(step, version);
    case 'left':
      return { kind: 'left', version, workload: step.workload };
    case 'stopped':
    case 'passed':
      return { kind: step.kind, version, workload: step.workload, reason: step.reason };
    case 'wait':
      return undefined;
  }
}

/** A held workload has replaced no pod, unless the rollout waited for it. Without others there is nothing to report. */
function finishedEvent(
  { done }: Rollout,
  version: number,
  { workloads, awaitsOlderPods }: RolloutInput,
): RolloutEvent | undefined {
  const isBehind = ({ progress }: Workload): boolean =>
    olderPodsOf(progress) !== undefined || (progress.kind === 'held' && awaitsOlderPods !== true);
  const behind = workloads.filter((one) => done.has(workloadId(one)) && isBehind(one));
  const count = done.size - behind.length;
  return count > 0 ? { kind: 'finished', version, workloads: count } : undefined;
}

/** The pods of a workload may have been younger than the change. Then there is nothing to report. */
function restartEvent(
  { workload, stamp, byReloader, held }: Extract<RolloutStep, { kind: 'restart' }>,
  version: number,
): RolloutEvent | undefined {
  if (held !== undefined) return { kind: 'held', version, workload, reason: held };
  if (byReloader === true) return { kind: 'restarted', version, workload, by: 'Reloader' };
  return stamp === undefined ? undefined : { kind: 'restarted', version, workload, by: 'lockstep' };
}

function pollDelay(step: RolloutStep, { current }: Rollout, now: Date): number {
  if (step.kind === 'stopped') return STOPPED_POLL_MS;
  if (step.kind === 'passed') return 0;
  if (step.kind === 'wait' && step.remaining !== undefined) return step.remaining;
  const waited = now.getTime() - (current?.since ?? now).getTime();
  return Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, waited / 2));
}
