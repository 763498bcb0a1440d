import { nextTime } from '../policy/schema/cron.ts';
import type { Rotation, RotationStep, SecretData, SecretRecord } from '../record/record.ts';
import type { Rotatable } from './rotatable.ts';

/** What is to be done with one key, as data. */
export interface KeyRotationPlan {
  readonly kind: RotationStep | 'wait';
  readonly key: Rotatable;
  /** Where it stands. */
  readonly rotation: Rotation | undefined;
  /** Of `wait`: until then at least; undefined until something changes. */
  readonly until: Date | undefined;
}

/** What consumers take to learn of a step. */
export interface RotationTiming {
  readonly now: Date;
  /** Milliseconds. */
  readonly propagation: number;
  readonly isRollingOut: boolean;
}

export function planKeyRotation(
  key: Rotatable,
  record: SecretRecord,
  data: SecretData,
  timing: RotationTiming,
): KeyRotationPlan {
  const { now, propagation, isRollingOut } = timing;
  const rotation = currentRotation(key, record, data);
  const settledAt = rotation === undefined ? undefined : later(rotation.since, propagation);
  const wait = (until: Date | undefined): KeyRotationPlan => ({ kind: 'wait', key, rotation, until });
  const startOrWait = (kind: RotationStep, from = settledAt): KeyRotationPlan => {
    if (from !== undefined && from > now) return wait(from);
    return isRollingOut ? wait(undefined) : { kind, key, rotation, until: undefined };
  };
  if (rotation?.step === 'introduced') return startOrWait('switched');
  const start = key.previousKey === undefined ? 'switched' : 'introduced';
  if (record.requestedKeys.includes(key.key)) return startOrWait(start);
  const due = dueTime(key, record);
  if (settledAt === undefined) return due !== undefined && due <= now ? startOrWait(start) : wait(due);
  // What was signed with the old value counts until then, whatever the schedule says.
  const end = later(settledAt, key.gracePeriod);
  return startOrWait(due !== undefined && due <= now ? start : 'retired', end);
}

const later = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/** Nothing stands where the key that keeps the other value is gone. */
function currentRotation(
  { key }: Rotatable,
  { rotations }: SecretRecord,
  data: SecretData,
): Rotation | undefined {
  const rotation = rotations.get(key);
  return rotation !== undefined && data.get(rotation.previousKey)?.isEmpty === false ? rotation : undefined;
}

/**
 * The first time of the schedule since the key, or the one that keeps its other value, has changed: what was missed is made up for once, and whoever has set one
 * of them by hand is left with it until the next time.
 */
function dueTime({ key, previousKey, schedule }: Rotatable, record: SecretRecord): Date | undefined {
  if (schedule === undefined) return undefined;
  const { lastChanged, versions } = record;
  const times = [
    lastChanged.get(key) ?? versions[0]?.time,
    previousKey === undefined ? undefined : lastChanged.get(previousKey),
  ];
  return nextTime(schedule, new Date(Math.max(...times.map((time) => time?.getTime() ?? 0))));
}
