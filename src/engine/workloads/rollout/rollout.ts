import type { Rollout } from '../../secret/record/record.ts';
import { inRolloutOrder, readKeys, secretUse, type Workload, workloadId } from './consumers.ts';
import { olderPodsOf } from './progress.ts';
import { restartCommand } from './restart-command.ts';
import { annotatedVersion, versionAnnotationFor } from './secret-version.ts';

export interface RolloutInput {
  readonly rollout: Rollout;
  /** The name of the Secret. */
  readonly secret: string;
  /** The workloads of its namespace. While the rollout waits for one, that one is enough: see `concernsWorkload`. */
  readonly workloads: readonly Workload[];
  /** The time since which the next workload (`nextDue`) has its present template. Undefined if unknown. */
  readonly revisedAt: Date | undefined;
  /** Whether Reloader restarts that workload, or has restarted it. Undefined if lockstep restarts it. */
  readonly reloader?: 'due' | 'reloaded' | undefined;
  readonly now: Date;
  /** The time that one workload may take to become healthy, in milliseconds. */
  readonly timeout: number;
  /** The time that a change takes to reach each pod, in milliseconds. */
  readonly propagation?: number | undefined;
  /** The change retires a login that pods of before still have. So it waits for pods that a person must replace. */
  readonly awaitsOlderPods?: boolean | undefined;
}

/**
 * The next step:
 *
 *     restart A ── wait ── wait ── restart B ── wait ── finished
 *                                      └── stopped ── B is healthy after all, or is deleted ── restart C ── …
 *                                             └── a newer version ── restart of each that is due for it, A and B included
 *     left A ── wait ── restart A by Reloader ── wait ── …
 *         └── stopped ── A is restarted after all, by anybody ── wait ── …
 *
 * `stamp` is the new `lockstep.dev/secret-version` of the pod template. It is undefined if the template doesn't need a
 * change, because its pods are younger than the version.
 */
export type RolloutStep =
  | { readonly kind: 'finished' }
  | {
      readonly kind: 'restart';
      readonly workload: Workload;
      readonly stamp: string | undefined;
      /** Reloader was first, so lockstep only waits for the pods. */
      readonly byReloader?: true | undefined;
      /** Its template is changed, and a person must replace its pods. `held` completes "Deployment/backend …". */
      readonly held?: string | undefined;
    }
  /** Reloader restarts it, and lockstep waits for that. */
  | { readonly kind: 'left'; readonly workload: Workload }
  /** `why` completes "waiting for Deployment/backend: …". */
  | {
      readonly kind: 'wait';
      readonly workload: Workload;
      readonly why: string;
      /** In milliseconds, if it is known. */
      readonly remaining?: number;
    }
  /** `reason` completes "Deployment/backend …", here and below. */
  | { readonly kind: 'stopped'; readonly workload: Workload; readonly reason: string }
  /** A change of its template alone does not replace its pods, so the rollout doesn't wait for it. */
  | {
      readonly kind: 'passed';
      readonly workload: Workload;
      readonly reason: string;
      readonly stamp: string | undefined;
    };

export function nextRolloutStep(input: RolloutInput): RolloutStep {
  const { rollout, secret, workloads } = input;
  const due = nextDue(rollout, secret, workloads);
  const awaited = findWorkload(workloads, awaitedOf(rollout));
  // A newer version does not wait for the one before, because it may heal the workload.
  const isAwaitedDue = awaited !== undefined && due?.workload === awaited;
  const awaitedNext = awaited === undefined || isAwaitedDue ? undefined : awaitedStep(awaited, input);
  if (awaitedNext !== undefined) return awaitedNext;
  if (due === undefined) return { kind: 'finished' };
  return input.reloader === undefined ? startStep(due, input) : reloaderStep(due, input);
}

/** The rollout after that step. Undefined means that it has ended. Returns the same object if nothing changed. */
export function rolloutAfterStep(rollout: Rollout, step: RolloutStep, now: Date): Rollout | undefined {
  if (step.kind === 'finished') return undefined;
  if (step.kind === 'wait') return rollout;
  const workload = workloadId(step.workload);
  if (step.kind === 'stopped') {
    if (rollout.stopped?.workload === workload) return rollout;
    return { ...rollout, current: undefined, stopped: { workload, reason: step.reason } };
  }
  if (step.kind === 'left')
    return { ...rollout, current: { workload, since: now, leftToReloader: true }, stopped: undefined };
  const done = new Map(rollout.done).set(workload, newestChange(rollout).number);
  const current = step.kind === 'restart' ? { workload, since: now } : undefined;
  return { ...rollout, done, current, stopped: undefined };
}

/** The `Kind/name` of the workload that blocks all others. */
export const awaitedOf = ({ current, stopped }: Rollout): string | undefined =>
  current?.workload ?? stopped?.workload;

/** Whether that workload alone decided the step, regardless of the others. */
export const concernsWorkload = (step: RolloutStep, workload: string): boolean =>
  step.kind !== 'finished' && workloadId(step.workload) === workload;

/** A workload that needs a restart for new data. */
export interface DueWorkload {
  readonly workload: Workload;
  /** The time of the last change of the keys that it reads. */
  readonly changed: Date;
}

/** The workload that the rollout waits for comes first. */
export function nextDue(
  rollout: Rollout,
  secret: string,
  workloads: readonly Workload[],
): DueWorkload | undefined {
  const awaited = findWorkload(workloads, awaitedOf(rollout));
  for (const workload of [...(awaited ? [awaited] : []), ...inRolloutOrder(workloads)]) {
    const changed = changedSince(rollout, secret, workload);
    if (changed !== undefined) return { workload, changed };
  }
  return undefined;
}

/** Whether the rollout still has to restart this workload. */
export const isRestartDue = (rollout: Rollout, secret: string, workload: Workload): boolean =>
  changedSince(rollout, secret, workload) !== undefined;

export const newestChange = ({ changes }: Pick<Rollout, 'changes'>): Rollout['changes'][number] => {
  const last = changes.at(-1);
  if (last === undefined) throw new Error('a rollout has no change');
  return last;
};

/**
 * The time of the last change that the workload reads and was not restarted for. A value that changed twice and is the
 * old one again counts. Pods that were created in between, because a node failed, have the middle value.
 */
function changedSince({ changes, done }: Rollout, secret: string, workload: Workload): Date | undefined {
  if (workload.optedOut) return undefined;
  const use = secretUse(workload, secret);
  const doneVersion = done.get(workloadId(workload)) ?? 0;
  const last = changes.findLast(({ number, keys }) => number > doneVersion && readKeys(use, keys).length > 0);
  // Both times are whole seconds of one clock. Within the same second either may have been first.
  return last === undefined || workload.created > last.time ? undefined : last.time;
}

const findWorkload = (workloads: readonly Workload[], id: string | undefined): Workload | undefined =>
  workloads.find((workload) => workloadId(workload) === id);

/** Undefined if nothing blocks the other workloads any more. */
function awaitedStep(workload: Workload, input: RolloutInput): RolloutStep | undefined {
  const { progress } = workload;
  const { current, stopped } = input.rollout;
  // The owner of a workload opts out to let the others continue.
  if (workload.optedOut) return undefined;
  const olderPods = input.awaitsOlderPods === true ? olderPodsOf(progress) : undefined;
  if (progress.kind === 'done' && olderPods === undefined) return undefined;
  if (progress.kind === 'held' && olderPods === undefined)
    return { kind: 'passed', workload, reason: progress.reason, stamp: undefined };
  if (stopped !== undefined) return { kind: 'stopped', workload, reason: stopped.reason };
  if (progress.kind === 'failed') return { kind: 'stopped', workload, reason: progress.reason };
  const { now, timeout } = input;
  const since = current?.since ?? now;
  const why = progress.kind === 'underway' ? progress.why : olderPods!;
  if (now.getTime() - since.getTime() <= timeout) return { kind: 'wait', workload, why };
  const hint = olderPods === undefined ? hintFor(workload) : '';
  const reason = `was not rolled out within ${durationText(timeout)}: ${why}${hint}`;
  return { kind: 'stopped', workload, reason };
}

/**
 * A StatefulSet replaces its pods one by one. It waits for a pod that is not ready even after its template is correct
 * again.
 */
const hintFor = ({ kind }: Workload): string =>
  kind === 'StatefulSet' ? '; once the value is right, delete the pod that is not ready' : '';

function startStep(
  { workload, changed }: DueWorkload,
  { rollout, secret, revisedAt, now, propagation = 0, awaitsOlderPods }: RolloutInput,
): RolloutStep {
  const { versionAnnotation: annotation, uses, runsRedis = false } = workload;
  const { number } = newestChange(rollout);
  // A Helm release may change Secret and template at once. Or lockstep changed the template and stopped before the
  // record was written.
  const isYounger = revisedAt !== undefined && revisedAt > changed;
  const remaining = Math.min(propagation, propagation - (now.getTime() - changed.getTime()));
  if (runsRedis && !isYounger && remaining > 0)
    return { kind: 'wait', workload, why: 'a pod may still read the old password', remaining };
  const isOurs = annotatedVersion(annotation, secret, uses.keys()) === number;
  // A template that was copied from another workload has the annotation of that workload.
  const isForeign = revisedAt !== undefined && revisedAt < changed;
  const versionAnnotation =
    isYounger && !isOurs
      ? undefined
      : versionAnnotationFor(annotation, secret, number, { reads: uses.keys(), isForeign });
  const { progress } = workload;
  if (progress.kind === 'held' && awaitsOlderPods === true)
    return { kind: 'restart', workload, stamp: versionAnnotation, held: progress.reason };
  if (progress.kind === 'held')
    return { kind: 'passed', workload, reason: progress.reason, stamp: versionAnnotation };
  return { kind: 'restart', workload, stamp: versionAnnotation };
}

/** Reloader acts within seconds, or within a minute if its leader has changed. */
const RELOADER_TIMEOUT_MS = 2 * 60 * 1000;

/** lockstep never restarts this workload itself, because Reloader may restart it late. */
function reloaderStep({ workload, changed }: DueWorkload, input: RolloutInput): RolloutStep {
  const { rollout, revisedAt, reloader, now, timeout, awaitsOlderPods } = input;
  const { current, stopped } = rollout;
  const { kind, progress, revision } = workload;
  const id = workloadId(workload);
  // Reloader begins a canary of a Rollout, and the pods of before run until the promotion.
  const isReloaded = reloader === 'reloaded' && (kind !== 'Rollout' || revision !== undefined);
  if (isReloaded) return { kind: 'restart', workload, stamp: undefined, byReloader: true };
  // Reloader creates a Job from a CronJob, and leaves its template as it is.
  if (kind === 'CronJob' || (revisedAt !== undefined && revisedAt > changed))
    return { kind: 'restart', workload, stamp: undefined };
  if (progress.kind === 'held' && awaitsOlderPods !== true)
    return { kind: 'passed', workload, reason: progress.reason, stamp: undefined };
  if (stopped?.workload === id) return { kind: 'stopped', workload, reason: stopped.reason };
  if (current?.workload !== id || current.leftToReloader !== true) return { kind: 'left', workload };
  // Without a revision, Reloader may already have paused the workload, or begun a canary.
  const limit = revision === undefined ? timeout : Math.min(timeout, RELOADER_TIMEOUT_MS);
  if (now.getTime() - current.since.getTime() <= limit)
    return { kind: 'wait', workload, why: 'Reloader has not restarted it yet' };
  const wayOn = `check that Reloader runs and watches this namespace, or run ${restartCommand(workload, [id])}`;
  const reason = `was not restarted by Reloader within ${durationText(limit)} (${wayOn})`;
  return { kind: 'stopped', workload, reason };
}

const durationText = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`;
};
