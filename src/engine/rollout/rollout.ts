import type { Rollout } from '../record/record.ts';
import { idOf, inOrder, readOf, useOf, type Workload } from './consumers.ts';
import { stamped, stampedVersion } from './secret-version.ts';

/** What there is to know before the next step of a rollout. */
export interface Situation {
  readonly rollout: Rollout;
  /** The name of the Secret. */
  readonly secret: string;
  /** Those of its namespace; but while one is waited for, that one is enough: see `isAbout`. */
  readonly workloads: readonly Workload[];
  /** Since when the pods of the one that is next (`nextDue`) are made of its present template; undefined where that is not known. */
  readonly revised: Date | undefined;
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

export function nextStep(situation: Situation): RolloutStep {
  const { rollout, secret, workloads } = situation;
  const due = nextDue(rollout, secret, workloads);
  const awaited = find(workloads, awaitedOf(rollout));
  // A newer version does not wait for the one before: it may be what heals it.
  const isAgain = awaited !== undefined && due?.workload === awaited;
  const still = awaited === undefined || isAgain ? undefined : stillAt(awaited, situation);
  if (still !== undefined) return still;
  return due === undefined ? { kind: 'finished' } : begun(due, situation);
}

/** The rollout once that was done; undefined: there is none any more. The same where nothing is different. */
export function afterStep(rollout: Rollout, step: RolloutStep, now: Date): Rollout | undefined {
  if (step.kind === 'finished') return undefined;
  if (step.kind === 'wait') return rollout;
  const workload = idOf(step.workload);
  if (step.kind === 'stopped') {
    if (rollout.stopped?.workload === workload) return rollout;
    return { ...rollout, current: undefined, stopped: { workload, reason: step.reason } };
  }
  const done = new Map(rollout.done).set(workload, newest(rollout).number);
  const current = step.kind === 'restart' ? { workload, since: now } : undefined;
  return { ...rollout, done, current, stopped: undefined };
}

/** `Kind/name` of the one that no other is touched before. */
export const awaitedOf = ({ current, stopped }: Rollout): string | undefined =>
  current?.workload ?? stopped?.workload;

/** Whether a step was decided by that one alone, whatever others there are. */
export const isAbout = (step: RolloutStep, workload: string): boolean =>
  step.kind !== 'finished' && idOf(step.workload) === workload;

/** One that has to be brought to what is new. */
export interface Due {
  readonly workload: Workload;
  /** When what it reads has changed last. */
  readonly changed: Date;
}

/** The one that is waited for comes first. */
export function nextDue(rollout: Rollout, secret: string, workloads: readonly Workload[]): Due | undefined {
  const awaited = find(workloads, awaitedOf(rollout));
  for (const workload of [...(awaited ? [awaited] : []), ...inOrder(workloads)]) {
    const changed = changedSince(rollout, secret, workload);
    if (changed !== undefined) return { workload, changed };
  }
  return undefined;
}

export const newest = ({ changes }: Pick<Rollout, 'changes'>): Rollout['changes'][number] => {
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
  const use = useOf(workload, secret);
  const has = done.get(idOf(workload)) ?? 0;
  const last = changes.findLast(({ number, keys }) => number > has && readOf(use, keys).length > 0);
  // Both times are whole seconds of one clock: in the same second either may have been first.
  return last === undefined || workload.created > last.time ? undefined : last.time;
}

const find = (workloads: readonly Workload[], id: string | undefined): Workload | undefined =>
  workloads.find((workload) => idOf(workload) === id);

/** Undefined: nothing holds the others up any more. */
function stillAt(workload: Workload, situation: Situation): RolloutStep | undefined {
  const { progress } = workload;
  const { current, stopped } = situation.rollout;
  // That is how its owner lets the others go on.
  if (progress.kind === 'done' || workload.optedOut) return undefined;
  if (progress.kind === 'held')
    return { kind: 'passed', workload, reason: progress.reason, stamp: undefined };
  if (stopped !== undefined) return { kind: 'stopped', workload, reason: stopped.reason };
  if (progress.kind === 'failed') return { kind: 'stopped', workload, reason: progress.reason };
  const { now, timeout } = situation;
  const since = current?.since ?? now;
  if (now.getTime() - since.getTime() <= timeout) return { kind: 'wait', workload, why: progress.why };
  const reason = `was not rolled out within ${spell(timeout)}: ${progress.why}${hintFor(workload)}`;
  return { kind: 'stopped', workload, reason };
}

/** It replaces its pods one by one, and waits for one that is not ready even when its template is right again. */
const hintFor = ({ kind }: Workload): string =>
  kind === 'StatefulSet' ? '; once the value is right, delete the pod that is not ready' : '';

function begun({ workload, changed }: Due, { rollout, secret, revised }: Situation): RolloutStep {
  const { stamp: found, uses } = workload;
  const { number } = newest(rollout);
  // Secret and template may be changed at once, as a Helm release does; or it was us, and the process ended before that was written down.
  const isYounger = revised !== undefined && revised > changed;
  const isOurs = stampedVersion(found, secret, uses.keys()) === number;
  // A template that was copied from another workload brings a number of somebody else's.
  const isNews = revised !== undefined && revised < changed;
  const stamp =
    isYounger && !isOurs ? undefined : stamped(found, secret, number, { reads: uses.keys(), isNews });
  const { progress } = workload;
  if (progress.kind === 'held') return { kind: 'passed', workload, reason: progress.reason, stamp };
  return { kind: 'restart', workload, stamp };
}

const spell = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} minutes` : `${seconds} seconds`;
};
