import type { SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import { recordRollout } from '../../engine/record/advance-rotations.ts';
import type { Rollout } from '../../engine/record/record.ts';
import { isConflict } from '../../errors.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';

export interface FollowRolloutNeeds
  extends Pick<SecretReconcilerNeeds, 'readRecord' | 'writeRecord' | 'advanceRollout'> {
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** Prints one line of progress. */
  readonly print: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** The limit of one workload, in milliseconds. */
  readonly timeout: number;
}

/** `sentence` says where the rollout stopped, and why. */
export type RolloutEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'stopped'; readonly sentence: string };

/** The interval between reads while a controller works. */
const POLL_INTERVAL_MS = 1000;
/** The time of a leader change, in which no controller works. */
export const LEADER_CHANGE_MS = 60_000;

/**
 * Waits while the controller rolls out the last version of a Secret, or does so itself if no controller leads. A
 * controller that starts in the middle does no harm: every write is conditional, so each step happens once. If this
 * process ends, a leading controller continues. Throws LockstepError.
 */
export async function followRollout(ref: SecretRef, needs: FollowRolloutNeeds): Promise<RolloutEnd> {
  let before: Rollout | undefined;
  let lastProgressAt = needs.clock();
  for (;;) {
    const lookup = await needs.readRecord(ref);
    if (lookup.kind !== 'read')
      return stopped('its record is gone: the remaining consumers are not restarted');
    const { rollout } = lookup.record;
    const lines = progressBetween(before, rollout);
    for (const line of lines) needs.print(line);
    if (lines.length > 0) lastProgressAt = needs.clock();
    before = rollout;
    if (rollout === undefined) return { kind: 'finished' };
    if (rollout.stopped !== undefined)
      return stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
    if ((await needs.isLed()) !== true) {
      await advanceOnce(ref, lookup, rollout, needs);
      continue;
    }
    if (needs.clock() - lastProgressAt > needs.timeout + LEADER_CHANGE_MS)
      return stopped(`${rollout.current?.workload ?? 'the controller'} has made no progress for a long time`);
    await needs.pause(POLL_INTERVAL_MS);
  }
}

const stopped = (sentence: string): RolloutEnd => ({ kind: 'stopped', sentence });

type RecordRead = Extract<Awaited<ReturnType<FollowRolloutNeeds['readRecord']>>, { kind: 'read' }>;

async function advanceOnce(
  ref: SecretRef,
  { record, resourceVersion }: RecordRead,
  rollout: Rollout,
  { advanceRollout: advance, writeRecord, pause }: FollowRolloutNeeds,
): Promise<void> {
  const step = await advance(ref, rollout);
  if (step.rollout !== rollout) {
    await writeRecord(ref, recordRollout(record, step.rollout, new Date()), resourceVersion).catch(
      ignoreConflict,
    );
  }
  if (step.rollout !== undefined && step.requeueAfter !== undefined)
    await pause(Math.min(step.requeueAfter, POLL_INTERVAL_MS));
}

function ignoreConflict(error: unknown): void {
  if (isConflict(error)) return;
  throw error;
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
