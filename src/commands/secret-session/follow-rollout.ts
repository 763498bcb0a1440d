import type { Rollout } from '../../engine/secret/record/record.ts';
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

/** `sentence` says where the rollout stopped, and why. */
export type RolloutEnd = { readonly kind: 'finished' } | Stopped;

/** Waits while the controller rolls out the last version of a Secret. Throws LockstepError. */
export async function followRollout(ref: SecretRef, needs: FollowLeaderNeeds): Promise<RolloutEnd> {
  return await followLeader<RolloutEnd>(
    ref,
    {
      observe: (reading) => observe(reading, needs.timeout),
      recordGone: 'its record is gone: the remaining consumers are not restarted',
    },
    needs,
  );
}

function observe({ record: { rollout }, before }: Reading, workloadTimeout: number): Observation<RolloutEnd> {
  return {
    lines: progressBetween(before?.rollout, rollout),
    end: endOf(rollout),
    timeout: workloadTimeout + LEADER_CHANGE_MS,
    stallReason: `${rollout?.current?.workload ?? 'the controller'} has made no progress for a long time`,
  };
}

function endOf(rollout: Rollout | undefined): RolloutEnd | undefined {
  if (rollout === undefined) return { kind: 'finished' };
  return rollout.stopped && stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
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
    // Rolled out between two reads, or left as it is: the record has no reason.
    ...passed.map(([workload]) => `${workload} is done`),
    ...restartLine(before?.current, after?.current),
  ];
}

function restartLine(before: Rollout['current'], after: Rollout['current']): readonly string[] {
  if (after === undefined) return [];
  const isNew = after.workload !== before?.workload;
  if (!isNew && before.leftToReloader === after.leftToReloader) return [];
  return after.leftToReloader
    ? [`${after.workload} is left to Reloader: waiting until it is restarted`]
    : [`${after.workload} is restarted`];
}
