import type { ReconcileResult, SecretReconcilerNeeds } from '../../controllers/secret/reconciler.ts';
import type { Rollout, SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../kube/secrets/stored-secrets.ts';
import { versionEvents } from '../../report/history/version-events.ts';
import { progressBetween } from '../secret-session/follow-rollout.ts';
import { reconcileOnce } from '../secret-session/reconcile-once.ts';

export interface FollowRotationNeeds extends Pick<SecretReconcilerNeeds, 'readRecord'> {
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** Reconciles the Secret once, if no controller leads. */
  readonly reconcile: () => Promise<ReconcileResult>;
  /** Prints one line of progress. */
  readonly print: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /** The longest time without progress, in milliseconds. */
  readonly timeout: number;
}

export type RotationResult =
  /** The rotated keys whose old value is still kept, each with its previous key. */
  | { readonly kind: 'rotated'; readonly kept: ReadonlyMap<string, string> }
  | { readonly kind: 'stopped'; readonly sentence: string };

/** The interval between reads. */
const POLL_INTERVAL_MS = 1000;

/**
 * Waits while the controller rotates these keys and rolls out their consumers, or does so itself if no controller
 * leads. It does not wait for the end of the grace period. `from` is the record with the request. If this process ends,
 * a leading controller continues. Throws LockstepError.
 */
export async function followRotation(
  ref: SecretRef,
  keys: readonly string[],
  from: SecretRecord,
  needs: FollowRotationNeeds,
): Promise<RotationResult> {
  let lastRecord = from;
  let rollout: Rollout | undefined;
  let lastProgressAt = needs.clock();
  for (;;) {
    const lookup = await needs.readRecord(ref);
    if (lookup.kind !== 'read') return stopped('its record is gone, and the request with it');
    const { record } = lookup;
    const events = [...versionEvents(lastRecord, record), ...progressBetween(rollout, record.rollout)];
    for (const line of events) needs.print(line);
    if (events.length > 0) lastProgressAt = needs.clock();
    lastRecord = record;
    rollout = record.rollout;
    const end = resultOf(record, keys, from);
    if (end !== undefined) return end;
    const wait = (await needs.isLed()) === true ? POLL_INTERVAL_MS : await reconcileOnce(needs.reconcile);
    if (wait === undefined) return stopped('no work is left for it: lockstep history shows the result');
    if (needs.clock() - lastProgressAt > needs.timeout)
      return stopped('there was no progress for a long time');
    await needs.pause(Math.min(wait, POLL_INTERVAL_MS));
  }
}

const stopped = (sentence: string): RotationResult => ({ kind: 'stopped', sentence });

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
