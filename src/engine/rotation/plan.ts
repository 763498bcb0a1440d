import { nextTime } from '../policy/schema/cron.ts';
import type { Rotation, RotationStep, SecretRecord, Values } from '../record/record.ts';
import type { Rotatable } from './rotatable.ts';

/** What is to be done with one key, as data. */
export interface Plan {
  readonly kind: RotationStep | 'wait';
  readonly key: Rotatable;
  /** Where it stands. */
  readonly rotation: Rotation | undefined;
  /** Of `wait`: until then at least; undefined until something changes. */
  readonly until: Date | undefined;
}

/** What consumers take to learn of a step. */
export interface Settling {
  readonly now: Date;
  /** Milliseconds. */
  readonly propagation: number;
  readonly isRollingOut: boolean;
}

export function planOf(key: Rotatable, record: SecretRecord, data: Values, settling: Settling): Plan {
  const { now, propagation, isRollingOut } = settling;
  const rotation = standing(key, record, data);
  const arrived = rotation === undefined ? undefined : later(rotation.since, propagation);
  const wait = (until: Date | undefined): Plan => ({ kind: 'wait', key, rotation, until });
  const take = (kind: RotationStep, from = arrived): Plan => {
    if (from !== undefined && from > now) return wait(from);
    return isRollingOut ? wait(undefined) : { kind, key, rotation, until: undefined };
  };
  if (rotation?.step === 'introduced') return take('switched');
  const start = key.previousKey === undefined ? 'switched' : 'introduced';
  if (record.asked.includes(key.key)) return take(start);
  const due = dueTime(key, record);
  if (arrived === undefined) return due !== undefined && due <= now ? take(start) : wait(due);
  // What was signed with the old value counts until then, whatever the schedule says.
  const end = later(arrived, key.gracePeriod);
  return take(due !== undefined && due <= now ? start : 'retired', end);
}

const later = (time: Date, milliseconds: number): Date => new Date(time.getTime() + milliseconds);

/** Nothing stands where the key that keeps the other value is gone. */
function standing({ key }: Rotatable, { rotations }: SecretRecord, data: Values): Rotation | undefined {
  const rotation = rotations.get(key);
  return rotation !== undefined && data.get(rotation.previousKey)?.isEmpty === false ? rotation : undefined;
}

/**
 * The first time of the schedule since the key, or the one that keeps its other value, has changed: what was missed is made up for once, and whoever has set one
 * of them by hand is left with it until the next time.
 */
function dueTime({ key, previousKey, schedule }: Rotatable, record: SecretRecord): Date | undefined {
  if (schedule === undefined) return undefined;
  const { changed, versions } = record;
  const times = [
    changed.get(key) ?? versions[0]?.time,
    previousKey === undefined ? undefined : changed.get(previousKey),
  ];
  return nextTime(schedule, new Date(Math.max(...times.map((time) => time?.getTime() ?? 0))));
}
