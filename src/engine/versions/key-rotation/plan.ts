import { nextTime } from '../../policy/schema/cron.ts';
import type { Rotation, RotationStep, SecretData, SecretRecord } from '../../secret/record/record.ts';
import type { Rotatable } from './rotatable.ts';

/** The next action for one key, as data. */
export interface KeyRotationPlan {
  readonly kind: RotationStep | 'wait';
  readonly key: Rotatable;
  /** The present state of the rotation. Undefined if none is in progress. */
  readonly rotation: Rotation | undefined;
  /** For `wait`: the earliest time of the next step. Undefined if the key waits for another change. */
  readonly until: Date | undefined;
}

/** The time that consumers need to get a step. */
export interface RotationTiming {
  readonly now: Date;
  /** In milliseconds. */
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
  // Data that was signed with the old value stays valid until then, whatever the schedule says.
  const end = later(settledAt, key.gracePeriod);
  return startOrWait(due !== undefined && due <= now ? start : 'retired', end);
}

const later = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/** A rotation ends if its previous key was removed. */
function currentRotation(
  { key }: Rotatable,
  { rotations }: SecretRecord,
  data: SecretData,
): Rotation | undefined {
  const rotation = rotations.get(key);
  return rotation !== undefined && data.get(rotation.previousKey)?.isEmpty === false ? rotation : undefined;
}

/**
 * The first time of the schedule after the last change of the key or its previous key. Missed times are made up for
 * once. A person who sets one of the keys by hand keeps that value until the next time.
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
