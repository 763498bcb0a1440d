import { advanceRotations } from './advance-rotations.ts';
import { extendRollout } from './extend-rollout.ts';
import { withExceptedKeys } from './forced.ts';
import { lastChangedWith } from './key-changes.ts';
import {
  differingKeys,
  discardPending,
  hasSameData,
  latestVersion,
  type Pending,
  type RetentionOptions,
  type RollbackReason,
  type SecretData,
  type SecretRecord,
  type Version,
  type WriteInfo,
} from './record.ts';

/** What is known of the last write of what was found; its resourceVersion, so that a write that was undone is seen. */
export interface ObservedWrite extends WriteInfo {
  readonly resourceVersion?: string;
  /** When it was read, by the API server's clock: of a write that only takes keys away nobody keeps the time, nor who it was. */
  readonly observedAt?: Date | undefined;
}

/**
 * The record of a Secret that is found to hold `data`: with one more version where that is new, which is what was pending or somebody else's doing. What is
 * pending stays while nobody has written since; it was either never written, or written and then overwritten, while nobody looked:
 *
 *     found          resourceVersion as when it was prepared      another one
 *     as pending     it is a version                              it is a version
 *     as before      it is still to be written                    it was undone, or never written: somebody's decision, it is dropped
 *     neither                     overwritten, or never written: what was found counts, it is dropped
 *
 * What is dropped and may have been in place for a moment is kept as a version: its values may be the only key to something.
 */
export function recordObservation(
  record: SecretRecord,
  data: SecretData,
  observed: ObservedWrite,
  retention: RetentionOptions,
): SecretRecord {
  const { resourceVersion } = observed;
  const written = writeInfoAfter(latestVersion(record), observed);
  const { pending } = record;
  if (pending === undefined) return withVersion(record, data, written, retention);
  if (hasSameData(pending.data, data)) return withPending(record, pending, data, written.time, retention);
  const rollbackReason = alteredRollback(pending, data, observed);
  if (rollbackReason !== undefined)
    return withVersion(discardPending(record), data, { ...written, why: rollbackReason }, retention);
  const isLost = pending.data === undefined;
  const isAsBefore = hasSameData(latestVersion(record).data, data);
  if (isAsBefore && !isLost && !isWrittenSince(pending, resourceVersion)) return record;
  const wasWritten = !isLost && observed.time >= pending.time;
  const before = wasWritten
    ? withPending(record, pending, pending.data, pending.time, retention, observed.time)
    : discardPending(record);
  return withVersion(before, data, written, retention);
}

/** A webhook stored something else than the rollback wrote: it has the same writer. Undefined: this is another write. */
function alteredRollback(
  { why, by, time, data: asked, baseResourceVersion }: Pending,
  data: SecretData,
  { by: writer, time: written, resourceVersion }: ObservedWrite,
): RollbackReason | undefined {
  const isWritten = resourceVersion !== undefined && resourceVersion !== baseResourceVersion;
  if (why.kind !== 'rolled-back' || writer !== by || written < time || !isWritten) return undefined;
  return asked === undefined ? undefined : withExceptedKeys(why, differingKeys(asked, data));
}

/** What holds where there is something new: no newer write than the last version's is known, so the last that is known was not the one. */
function writeInfoAfter(before: Version, { time, by, why, observedAt = time }: ObservedWrite): WriteInfo {
  if (time > before.time || observedAt < nextSecond(time)) return { time, by, why };
  const isFromBefore = why.kind === 'changed' && by === before.by;
  return {
    time: new Date(Math.floor(observedAt.getTime() / 1000) * 1000),
    by: isFromBefore ? 'unknown' : by,
    why,
  };
}

const nextSecond = (time: Date): Date => new Date(time.getTime() + 1000);

const isWrittenSince = ({ baseResourceVersion }: Pending, resourceVersion: string | undefined): boolean =>
  baseResourceVersion !== undefined &&
  resourceVersion !== undefined &&
  baseResourceVersion !== resourceVersion;

const withPending = (
  record: SecretRecord,
  { by, why }: Pending,
  data: SecretData,
  time: Date,
  retention: RetentionOptions,
  /** When it may have been written at the latest. */
  written = time,
) => discardPending(withVersion(record, data, { time, by, why }, retention, written));

function withVersion(
  record: SecretRecord,
  data: SecretData,
  { time, by, why }: WriteInfo,
  { history, restarts }: RetentionOptions,
  /** Of what was pending. */
  written?: Date,
): SecretRecord {
  const before = latestVersion(record);
  const keys = differingKeys(before.data, data);
  if (keys.length === 0) return record;
  const version: Version = { time, by, why, number: before.number + 1, keys, data };
  const next = {
    ...record,
    ...advanceRotations(record, written, version),
    versions: [...record.versions, version].slice(-history),
  };
  // Against values that are lost nobody knows which have changed.
  if (before.data === undefined) return next;
  const changed = lastChangedWith(record.lastChanged, version);
  const rollout = restarts ? extendRollout(record.rollout, version, changed) : record.rollout;
  return { ...next, lastChanged: changed, rollout };
}
