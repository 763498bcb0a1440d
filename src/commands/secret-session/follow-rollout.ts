import type { RecordLookup, RecordPort, WorkloadPort } from '../../controllers/ports.ts';
import type { ReconcileResult } from '../../controllers/secret/reconciler.ts';
import { recordRollout } from '../../engine/record/advance-rotations.ts';
import type { Rollout } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import {
  type FollowLeaderNeeds,
  followLeader,
  LEADER_CHANGE_MS,
  type Observation,
  type Reading,
  type Stopped,
  stopped,
} from './follow-leader.ts';

export interface FollowRolloutNeeds extends Omit<FollowLeaderNeeds, 'reconcile'> {
  readonly writeRecord: RecordPort['write'];
  readonly advanceRollout: WorkloadPort['advanceRollout'];
  /** The time of the API server. */
  readonly now: () => Date;
  /** The limit of one workload, in milliseconds. */
  readonly timeout: number;
}

/** `sentence` says where the rollout stopped, and why. */
export type RolloutEnd = { readonly kind: 'finished' } | Stopped;

/**
 * Waits while the controller rolls out the last version of a Secret, or does so itself if no controller leads. Throws
 * LockstepError.
 */
export async function followRollout(ref: SecretRef, needs: FollowRolloutNeeds): Promise<RolloutEnd> {
  return await followLeader<RolloutEnd>(
    ref,
    {
      observe: (reading) => observe(reading, needs.timeout),
      recordGone: 'its record is gone: the remaining consumers are not restarted',
    },
    { ...needs, reconcile: (lookup) => advance(ref, lookup, needs) },
  );
}

function observe(
  { record: { rollout }, before, isLed }: Reading,
  workloadTimeout: number,
): Observation<RolloutEnd> {
  return {
    lines: progressBetween(before?.rollout, rollout),
    end: endOf(rollout),
    // This process stops the rollout itself at a workload that takes too long.
    timeout: isLed ? workloadTimeout + LEADER_CHANGE_MS : Number.POSITIVE_INFINITY,
    stallReason: `${rollout?.current?.workload ?? 'the controller'} has made no progress for a long time`,
  };
}

function endOf(rollout: Rollout | undefined): RolloutEnd | undefined {
  if (rollout === undefined) return { kind: 'finished' };
  return rollout.stopped && stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
}

/** One step of the rollout in the record. */
async function advance(
  ref: SecretRef,
  { record, resourceVersion }: Extract<RecordLookup, { kind: 'read' }>,
  { advanceRollout, writeRecord, now }: FollowRolloutNeeds,
): Promise<ReconcileResult> {
  const { rollout } = record;
  if (rollout === undefined) return { kind: 'done' };
  const step = await advanceRollout(ref, rollout);
  if (step.rollout !== rollout)
    await writeRecord(ref, recordRollout(record, step.rollout, now()), resourceVersion);
  return { kind: 'requeue', requeueAfter: step.requeueAfter ?? 0 };
}

/** The events between two reads, one line each. */
export function progressBetween(before: Rollout | undefined, after: Rollout | undefined): readonly string[] {
  const previousWorkload = before?.current?.workload;
  const currentWorkload = after?.current?.workload;
  const isRolledOut =
    previousWorkload !== undefined &&
    previousWorkload !== currentWorkload &&
    after?.stopped?.workload !== previousWorkload;
  const passed = [...(after?.done ?? [])].filter(
    ([workload, number]) =>
      before !== undefined &&
      before.done.get(workload) !== number &&
      workload !== currentWorkload &&
      workload !== previousWorkload,
  );
  return [
    ...(isRolledOut ? [`${previousWorkload} is rolled out`] : []),
    ...passed.map(([workload]) => `${workload} is through`),
    ...(currentWorkload !== undefined && currentWorkload !== previousWorkload
      ? [`${currentWorkload} is restarted`]
      : []),
  ];
}
