import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { versionEvents } from '../../report/history/change-events.ts';
import {
  type FollowLeaderNeeds,
  followLeader,
  type Stopped,
  stopped,
} from '../secret-session/follow-leader.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';

export type RotationResult =
  /** The rotated keys whose old value is still kept, each with its previous key. */
  { readonly kind: 'rotated'; readonly kept: ReadonlyMap<string, string> } | Stopped;

/**
 * Waits while the controller rotates these keys and rolls out their consumers. It does not wait for the end of the
 * grace period. `from` is the record with the request. Throws LockstepError.
 */
export async function followRotation(
  ref: SecretRef,
  keys: readonly string[],
  from: SecretRecord,
  needs: FollowLeaderNeeds,
): Promise<RotationResult> {
  return await followLeader<RotationResult>(
    ref,
    {
      observe: ({ record, before }) => ({
        lines: [
          ...versionEvents(before ?? from, record),
          ...progressBetween(before?.rollout, record.rollout),
        ],
        end: resultOf(record, keys, from),
        timeout: needs.timeout,
        stallReason: 'there was no progress for a long time',
      }),
      recordGone: 'its record is gone, and the request with it',
    },
    needs,
  );
}

function resultOf(
  record: SecretRecord,
  keys: readonly string[],
  from: SecretRecord,
): RotationResult | undefined {
  const { rollout, requestedKeys, pending, rotations, versions } = record;
  if (rollout?.stopped !== undefined) return stopped(`${rollout.stopped.workload} ${rollout.stopped.reason}`);
  if (pending !== undefined || rollout !== undefined || keys.some((key) => requestedKeys.includes(key)))
    return undefined;
  const last = from.versions.at(-1)?.number ?? 0;
  const isRotated = (key: string): boolean =>
    versions.some(
      ({ number, why, keys: changed }) => number > last && why.kind === 'rotated' && changed.includes(key),
    );
  const superseded = keys.filter((key) => !isRotated(key));
  if (superseded.length > 0)
    return stopped(`another client has changed it, and its values of ${superseded.join(', ')} stay`);
  const keptBy = keys.flatMap((key) => {
    const rotation = rotations.get(key);
    return rotation === undefined ? [] : [[key, rotation.previousKey] as const];
  });
  return { kind: 'rotated', kept: new Map(keptBy) };
}
