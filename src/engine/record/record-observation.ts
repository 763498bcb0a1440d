import { rotationsAfter } from './advance-rotations.ts';
import { extended } from './extend-rollout.ts';
import { storedInstead } from './forced.ts';
import { changedWith } from './key-changes.ts';
import {
  differingKeys,
  holdSame,
  type Keeping,
  latest,
  type Pending,
  type RolledBack,
  type SecretRecord,
  type Values,
  type Version,
  type Written,
  withdrawn,
} from './record.ts';

/** What is known of the last write of what was found; its resourceVersion, so that a write that was undone is seen. */
export interface Found extends Written {
  readonly resourceVersion?: string;
  /** When it was read, by the API server's clock: of a write that only takes keys away nobody keeps the time, nor who it was. */
  readonly seen?: Date | undefined;
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
export function settled(record: SecretRecord, data: Values, found: Found, keeping: Keeping): SecretRecord {
  const { resourceVersion } = found;
  const written = writtenAfter(latest(record), found);
  const { pending } = record;
  if (pending === undefined) return withVersion(record, data, written, keeping);
  if (holdSame(pending.data, data)) return withPending(record, pending, data, written.time, keeping);
  const altered = alteredBack(pending, data, found);
  if (altered !== undefined)
    return withVersion(withdrawn(record), data, { ...written, why: altered }, keeping);
  const isLost = pending.data === undefined;
  const isAsBefore = holdSame(latest(record).data, data);
  if (isAsBefore && !isLost && !isWrittenSince(pending, resourceVersion)) return record;
  const wasWritten = !isLost && found.time >= pending.time;
  const before = wasWritten
    ? withPending(record, pending, pending.data, pending.time, keeping, found.time)
    : withdrawn(record);
  return withVersion(before, data, written, keeping);
}

/** A webhook stored something else than the rollback wrote: it has the same writer. Undefined: this is another write. */
function alteredBack(
  { why, by, time, data: asked, over }: Pending,
  data: Values,
  { by: writer, time: written, resourceVersion }: Found,
): RolledBack | undefined {
  const isWritten = resourceVersion !== undefined && resourceVersion !== over;
  if (why.kind !== 'rolled-back' || writer !== by || written < time || !isWritten) return undefined;
  return asked === undefined ? undefined : storedInstead(why, differingKeys(asked, data));
}

/** What holds where there is something new: no newer write than the last version's is known, so the last that is known was not the one. */
function writtenAfter(before: Version, { time, by, why, seen = time }: Found): Written {
  if (time > before.time || seen < latestSecondAfter(time)) return { time, by, why };
  const isBefores = why.kind === 'changed' && by === before.by;
  return { time: new Date(Math.floor(seen.getTime() / 1000) * 1000), by: isBefores ? 'unknown' : by, why };
}

const latestSecondAfter = (time: Date): Date => new Date(time.getTime() + 1000);

const isWrittenSince = ({ over }: Pending, resourceVersion: string | undefined): boolean =>
  over !== undefined && resourceVersion !== undefined && over !== resourceVersion;

const withPending = (
  record: SecretRecord,
  { by, why }: Pending,
  data: Values,
  time: Date,
  keeping: Keeping,
  /** When it may have been written at the latest. */
  written = time,
) => withdrawn(withVersion(record, data, { time, by, why }, keeping, written));

function withVersion(
  record: SecretRecord,
  data: Values,
  { time, by, why }: Written,
  { history, restarts }: Keeping,
  /** Of what was pending. */
  written?: Date,
): SecretRecord {
  const before = latest(record);
  const keys = differingKeys(before.data, data);
  if (keys.length === 0) return record;
  const version: Version = { time, by, why, number: before.number + 1, keys, data };
  const next = {
    ...record,
    ...rotationsAfter(record, written, version),
    versions: [...record.versions, version].slice(-history),
  };
  // Against values that are lost nobody knows which have changed.
  if (before.data === undefined) return next;
  const changed = changedWith(record.changed, version);
  const rollout = restarts ? extended(record.rollout, version, changed) : record.rollout;
  return { ...next, changed, rollout };
}
