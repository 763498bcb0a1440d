import type { Rollout } from '../../engine/record/record.ts';
import type { Workload } from '../../engine/rollout/consumers.ts';
import {
  afterStep,
  awaitedOf,
  isAbout,
  newest,
  nextDue,
  nextStep,
  type RolloutStep,
  type Situation,
} from '../../engine/rollout/rollout.ts';
import { isConflict, LockstepError } from '../../errors.ts';

/** What happened to the consumers of a Secret. `version`: the number they are brought to. */
export type RolloutNews = { readonly version: number } & (
  | { readonly kind: 'restarted'; readonly workload: Workload }
  /** `workloads`: how many. */
  | { readonly kind: 'finished'; readonly workloads: number }
  /** `reason` completes "Deployment/backend …". */
  | { readonly kind: 'stopped' | 'passed'; readonly workload: Workload; readonly reason: string }
);

export interface RolloutNeeds {
  /** All of a namespace. */
  readonly workloads: (namespace: string) => Promise<readonly Workload[]>;
  /** `Kind/name` of a namespace; undefined where there is none. */
  readonly workload: (namespace: string, id: string) => Promise<Workload | undefined>;
  /** Since when its pods are made of its present template; undefined where that is not known. */
  readonly revised: (workload: Workload) => Promise<Date | undefined>;
  /** Writes `lockstep.dev/secret-version` to its pod template. Nothing where it is gone. Rejects where it is no longer the one that was read. */
  readonly restart: (workload: Workload, stamp: string) => Promise<void>;
  /** Called once of each, unless the process ends before the rollout is written. */
  readonly tell: (news: RolloutNews) => void;
  readonly now: () => Date;
  /** How long one may take to become healthy. Milliseconds. */
  readonly timeout?: number;
}

/** The Secret whose consumers are meant. */
export interface RolloutPlace {
  readonly namespace: string;
  readonly name: string;
}

export interface Advanced {
  /** The same object where nothing is different, and nothing need be written; undefined where the rollout is finished. */
  readonly rollout: Rollout | undefined;
  /** When to come again. Milliseconds; undefined where the rollout is finished. */
  readonly after: number | undefined;
}

/** As long as a Deployment has by itself (`progressDeadlineSeconds`). Milliseconds. */
const TIMEOUT = 10 * 60 * 1000;
/** Milliseconds. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 1000;
const STOPPED_PAUSE = 30_000;

/**
 * One step of a rollout. All that it goes by is in the rollout and in the cluster: a step that is taken twice, because the rollout was not written in between, does no
 * more than one. Throws LockstepError where the cluster can't be read or written.
 */
export async function advanceRollout(
  place: RolloutPlace,
  rollout: Rollout,
  needs: RolloutNeeds,
): Promise<Advanced> {
  const situation = await gather(place, rollout, needs);
  const step = await act(nextStep(situation), needs);
  if (step === undefined) return { rollout, after: SHORTEST_PAUSE };
  const next = afterStep(rollout, step, situation.now);
  if (next !== rollout) tell(step, next ?? rollout, needs);
  return { rollout: next, after: next && pauseAfter(step, next, situation.now) };
}

/** While one is waited for it is the only one that is read: there may be hundreds. */
async function gather(place: RolloutPlace, rollout: Rollout, needs: RolloutNeeds): Promise<Situation> {
  const awaited = awaitedOf(rollout);
  if (awaited !== undefined) {
    const workload = await needs.workload(place.namespace, awaited);
    const situation = await around(workload ? [workload] : [], place, rollout, needs);
    if (isAbout(nextStep(situation), awaited)) return situation;
  }
  return around(await needs.workloads(place.namespace), place, rollout, needs);
}

async function around(
  workloads: readonly Workload[],
  { name }: RolloutPlace,
  rollout: Rollout,
  { revised, now, timeout = TIMEOUT }: RolloutNeeds,
): Promise<Situation> {
  const due = nextDue(rollout, name, workloads);
  const since = due && (await revised(due.workload));
  return { rollout, secret: name, workloads, revised: since, now: now(), timeout };
}

/** The step that was taken; undefined: somebody changed the workload meanwhile, and it has to be looked at again. */
async function act(step: RolloutStep, { restart }: RolloutNeeds): Promise<RolloutStep | undefined> {
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

function tell(step: RolloutStep, rollout: Rollout, needs: RolloutNeeds): void {
  const version = newest(rollout).number;
  switch (step.kind) {
    case 'finished':
      // Where nobody reads what was changed there is nothing to tell.
      if (rollout.done.size > 0) needs.tell({ kind: 'finished', version, workloads: rollout.done.size });
      return;
    case 'restart':
      if (step.stamp !== undefined) needs.tell({ kind: 'restarted', version, workload: step.workload });
      return;
    case 'stopped':
    case 'passed':
      needs.tell({ kind: step.kind, version, workload: step.workload, reason: step.reason });
      return;
    case 'wait':
      return;
  }
}

function pauseAfter(step: RolloutStep, { current }: Rollout, now: Date): number {
  if (step.kind === 'stopped') return STOPPED_PAUSE;
  if (step.kind === 'passed') return 0;
  const waited = now.getTime() - (current?.since ?? now).getTime();
  return Math.min(LONGEST_PAUSE, Math.max(SHORTEST_PAUSE, waited / 2));
}
