import type { Rollout } from '../record/record.ts';
import { inRolloutOrder, readKeys, secretUse, type Workload, workloadId } from './consumers.ts';
import { annotatedVersion, versionAnnotationFor } from './secret-version.ts';

/** What there is to know before the next step of a rollout. */
export interface RolloutInput {
  readonly rollout: Rollout;
  /** The name of the Secret. */
  readonly secret: string;
  /** Those of its namespace; but while one is waited for, that one is enough: see `isAbout`. */
  readonly workloads: readonly Workload[];
  /** Since when the pods of the one that is next (`nextDue`) are made of its present template; undefined where that is not known. */
  readonly revisedAt: Date | undefined;
  readonly now: Date;
  /** How long one may take to become healthy. Milliseconds. */
  readonly timeout: number;
}

/**
 * What to do next:
 *
 *     restart A ── wait ── wait ── restart B ── wait ── finished
 *                                      └── stopped ── B is healthy after all, or is gone ── restart C ── …
 *                                             └── a newer version ── restart of each that is due for it, A and B included
 *
 * `stamp`: what its pod template has to say; undefined where that is not to be changed, because its pods are younger than the version.
 */
export type RolloutStep =
  | { readonly kind: 'finished' }
  | { readonly kind: 'restart'; readonly workload: Workload; readonly stamp: string | undefined }
  /** `why` completes "waiting for Deployment/backend: …". */
  | { readonly kind: 'wait'; readonly workload: Workload; readonly why: string }
  /** `reason` completes "Deployment/backend …", here and below. */
  | { readonly kind: 'stopped'; readonly workload: Workload; readonly reason: string }
  /** Its pods are not replaced by that alone: it is not waited for. */
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
  // A newer version does not wait for the one before: it may be what heals it.
  const isAwaitedDue = awaited !== undefined && due?.workload === awaited;
  const awaitedNext = awaited === undefined || isAwaitedDue ? undefined : awaitedStep(awaited, input);
  if (awaitedNext !== undefined) return awaitedNext;
  return due === undefined ? { kind: 'finished' } : startStep(due, input);
}

/** The rollout once that was done; undefined: there is none any more. The same where nothing is different. */
export function rolloutAfterStep(rollout: Rollout, step: RolloutStep, now: Date): Rollout | undefined {
  if (step.kind === 'finished') return undefined;
  if (step.kind === 'wait') return rollout;
  const workload = workloadId(step.workload);
  if (step.kind === 'stopped') {
    if (rollout.stopped?.workload === workload) return rollout;
    return { ...rollout, current: undefined, stopped: { workload, reason: step.reason } };
  }
  const done = new Map(rollout.done).set(workload, newestChange(rollout).number);
  const current = step.kind === 'restart' ? { workload, since: now } : undefined;
  return { ...rollout, done, current, stopped: undefined };
}

/** `Kind/name` of the one that no other is touched before. */
export const awaitedOf = ({ current, stopped }: Rollout): string | undefined =>
  current?.workload ?? stopped?.workload;

/** Whether a step was decided by that one alone, whatever others there are. */
export const concernsWorkload = (step: RolloutStep, workload: string): boolean =>
  step.kind !== 'finished' && workloadId(step.workload) === workload;

/** One that has to be brought to what is new. */
export interface DueWorkload {
  readonly workload: Workload;
  /** When what it reads has changed last. */
  readonly changed: Date;
}

/** The one that is waited for comes first. */
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

export const newestChange = ({ changes }: Pick<Rollout, 'changes'>): Rollout['changes'][number] => {
  const last = changes.at(-1);
  if (last === undefined) throw new Error('a rollout has no change');
  return last;
};

/**
 * When what it reads has last changed without its having been brought there. A value that was changed and changed back counts: pods that were made in between,
 * because a node went away, have the one in the middle.
 */
function changedSince({ changes, done }: Rollout, secret: string, workload: Workload): Date | undefined {
  if (workload.optedOut) return undefined;
  const use = secretUse(workload, secret);
  const doneVersion = done.get(workloadId(workload)) ?? 0;
  const last = changes.findLast(({ number, keys }) => number > doneVersion && readKeys(use, keys).length > 0);
  // Both times are whole seconds of one clock: in the same second either may have been first.
  return last === undefined || workload.created > last.time ? undefined : last.time;
}

const findWorkload = (workloads: readonly Workload[], id: string | undefined): Workload | undefined =>
  workloads.find((workload) => workloadId(workload) === id);

/** Undefined: nothing holds the others up any more. */
function awaitedStep(workload: Workload, input: RolloutInput): RolloutStep | undefined {
  const { progress } = workload;
  const { current, stopped } = input.rollout;
  // That is how its owner lets the others go on.
  if (progress.kind === 'done' || workload.optedOut) return undefined;
  if (progress.kind === 'held')
    return { kind: 'passed', workload, reason: progress.reason, stamp: undefined };
  if (stopped !== undefined) return { kind: 'stopped', workload, reason: stopped.reason };
  if (progress.kind === 'failed') return { kind: 'stopped', workload, reason: progress.reason };
  const { now, timeout } = input;
  const since = current?.since ?? now;
  if (now.getTime() - since.getTime() <= timeout) return { kind: 'wait', workload, why: progress.why };
  const reason = `was not rolled out within ${durationText(timeout)}: ${progress.why}${hintFor(workload)}`;
  return { kind: 'stopped', workload, reason };
}

/** It replaces its pods one by one, and waits for one that is not ready even when its template is right again. */
const hintFor = ({ kind }: Workload): string =>
  kind === 'StatefulSet' ? '; once the value is right, delete the pod that is not ready' : '';

function startStep(
  { workload, changed }: DueWorkload,
  { rollout, secret, revisedAt }: RolloutInput,
): RolloutStep {
  const { versionAnnotation: annotation, uses } = workload;
  const { number } = newestChange(rollout);
  // Secret and template may be changed at once, as a Helm release does; or it was us, and the process ended before that was written down.
  const isYounger = revisedAt !== undefined && revisedAt > changed;
  const isOurs = annotatedVersion(annotation, secret, uses.keys()) === number;
  // A template that was copied from another workload brings a number of somebody else's.
  const isForeign = revisedAt !== undefined && revisedAt < changed;
  const versionAnnotation =
    isYounger && !isOurs
      ? undefined
      : versionAnnotationFor(annotation, secret, number, { reads: uses.keys(), isNews: isForeign });
  const { progress } = workload;
  if (progress.kind === 'held')
    return { kind: 'passed', workload, reason: progress.reason, stamp: versionAnnotation };
  return { kind: 'restart', workload, stamp: versionAnnotation };
}

const durationText = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`;
};
