import { FIELD_MANAGER } from '../kubernetes/kubernetes-names.ts';
import { advanceRotations } from './advance-rotations.ts';
import { extendRollout } from './extend-rollout.ts';
import { withExceptedKeys } from './forced.ts';
import { withRecentChange } from './recent-changes.ts';
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

/** The facts about the last write of the observed Secret. Its resourceVersion shows a write that was undone. */
export interface ObservedWrite extends WriteInfo {
  readonly resourceVersion?: string;
  /**
   * The time of the read, by the server clock. A write that only removes keys leaves neither its time nor its writer.
   */
  readonly observedAt?: Date | undefined;
  /** The Secret was deleted and created again since the last version. */
  readonly recreated?: true | undefined;
}

/**
 * The record of a Secret that was observed with `data`. New data becomes a version: the pending one, or that of another
 * writer.
 *
 * The pending version stays while nobody has written since it was staged. Otherwise it was never written, or another
 * client overwrote it:
 *
 *     observed       resourceVersion as when it was staged       another one
 *     as pending     becomes a version                           becomes a version
 *     as before      is still to be written                      undone by a person or never written: discarded
 *     neither                      overwritten or never written: discarded, the observed data counts
 *
 * A discarded version that may have been in the Secret for a moment is kept as a version. Its values may be the only
 * key to something.
 */
export function recordObservation(
  record: SecretRecord,
  data: SecretData,
  observed: ObservedWrite,
  retention: RetentionOptions,
): SecretRecord {
  const { resourceVersion } = observed;
  const { pending } = record;
  const written = writeInfoAfter(latestVersion(record), { ...observed, by: writerOf(observed, pending) });
  if (pending === undefined) return withVersion(record, data, written, retention);
  if (hasSameData(pending.data, data)) return withPending(record, pending, data, written.time, retention);
  const rollbackReason = alteredRollback(pending, data, { ...observed, by: written.by });
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

/** All requests of lockstep have one field manager. The pending version tells which writer it was. */
const writerOf = ({ by }: ObservedWrite, pending: Pending | undefined): string =>
  by === FIELD_MANAGER && pending !== undefined ? pending.by : by;

/**
 * A webhook stored other data than the rollback wrote: the writer is the same. Undefined means that this is another
 * write.
 */
function alteredRollback(
  { why, by, time, data: requested, baseResourceVersion }: Pending,
  data: SecretData,
  { by: writer, time: written, resourceVersion }: ObservedWrite,
): RollbackReason | undefined {
  const isWritten = resourceVersion !== undefined && resourceVersion !== baseResourceVersion;
  if (why.kind !== 'rolled-back' || writer !== by || written < time || !isWritten) return undefined;
  return requested === undefined ? undefined : withExceptedKeys(why, differingKeys(requested, data));
}

/**
 * The facts about the write of new data. If no write after the last version is known, the last known write is not the
 * one that made it.
 */
function writeInfoAfter(
  before: Version,
  { time, by, why, observedAt = time, recreated }: ObservedWrite,
): ForeignWrite {
  if (time > before.time || observedAt < nextSecond(time)) return { time, by, why, recreated };
  // After a write, lockstep leaves no trace in the Secret.
  const isFromBefore = why.kind === 'changed' && (by === before.by || time < before.time);
  return {
    time: new Date(Math.floor(observedAt.getTime() / 1000) * 1000),
    by: isFromBefore ? 'unknown' : by,
    why,
    recreated,
  };
}

type ForeignWrite = WriteInfo & Pick<ObservedWrite, 'recreated'>;

const nextSecond = (time: Date): Date => new Date(time.getTime() + 1000);

const isWrittenSince = ({ baseResourceVersion }: Pending, resourceVersion: string | undefined): boolean =>
  resourceVersion !== undefined && baseResourceVersion !== resourceVersion;

const withPending = (
  record: SecretRecord,
  { by, why }: Pending,
  data: SecretData,
  time: Date,
  retention: RetentionOptions,
  /** The latest time at which it may have been written. */
  written = time,
) => discardPending(withVersion(record, data, { time, by, why }, retention, written));

function withVersion(
  record: SecretRecord,
  data: SecretData,
  { time, by, why, recreated }: ForeignWrite,
  { history, restarts }: RetentionOptions,
  /** The latest time at which the pending version was written. */
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
  // The values before are lost, so the changed keys are unknown.
  if (before.data === undefined) return next;
  const changed = lastChangedWith(record.lastChanged, version);
  const rollout = restarts ? extendRollout(record.rollout, version, changed) : record.rollout;
  const recentChanges =
    why.kind === 'changed'
      ? withRecentChange(record.recentChanges, { ...version, recreated })
      : record.recentChanges;
  return { ...next, lastChanged: changed, recentChanges, rollout };
}

/**
 * The record keeps the removed keys that changed last. A writer that always uses new names can't make the record grow.
 */
const MAX_REMOVED_KEYS = 500;

/** The time of the last observed change of each key, this version included. */
function lastChangedWith(
  before: SecretRecord['lastChanged'],
  { keys, time, data }: Version,
): ReadonlyMap<string, Date> {
  const lastChanged = new Map(before);
  for (const key of keys) {
    // Moves the key to the end: the map is in the order of the last changes.
    lastChanged.delete(key);
    lastChanged.set(key, time);
  }
  const removed = [...lastChanged.keys()].filter((key) => data?.has(key) !== true);
  for (const key of removed.slice(0, -MAX_REMOVED_KEYS)) lastChanged.delete(key);
  return lastChanged;
}
