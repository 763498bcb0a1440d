import type { GeneratedForm } from '../../policy/policy.ts';
import type { CronSchedule } from '../../policy/schema/cron.ts';
import { milliseconds } from '../../policy/schema/duration.ts';
import { type Evaluation, keyByName, type ManagedKey } from '../../review/evaluation/evaluation.ts';
import { isExcepted } from '../../review/evaluation/exceptions.ts';

/** A key that lockstep may give a new value, and how. */
export interface Rotatable {
  /** In the spelling of the Secret. */
  readonly key: string;
  readonly generate: GeneratedForm;
  /** Undefined if the key is rotated on request only. */
  readonly schedule: CronSchedule | undefined;
  /** The key that holds the other value during a rotation. */
  readonly previousKey: string | undefined;
  /** In milliseconds. */
  readonly gracePeriod: number;
}

export interface Obstacle {
  readonly key: string;
  /** The reason why the key is not rotated. It completes "KEY …". */
  readonly reason: string;
  /** A person decided so. A schedule that can't run is no fault then. */
  readonly isIntended: boolean;
}

/** Completes "KEY …". */
export const PART_OF_URL =
  'is part of a connection URL, whose server must change with it: see PostgresCredential and RedisCredential';

/** The default is a day, the usual lifetime of a session. */
const GRACE_PERIOD = '24h';

/** The way to rotate one key, or the reason why lockstep can't. */
export function rotatable(evaluation: Evaluation, managedKey: ManagedKey, now: Date): Rotatable | Obstacle {
  const {
    key,
    entry: { generate, rotate, action },
  } = managedKey;
  const fault = (reason: string): Obstacle => ({ key, reason, isIntended: false });
  const intended = (reason: string): Obstacle => ({ key, reason, isIntended: true });
  if (evaluation.bindings.has(key)) return fault(PART_OF_URL);
  if (generate === undefined)
    return intended('has no generate in its policy, which would say how it is made');
  if (evaluation.data.get(key)?.isEmpty !== false) return intended('has no value');
  if (action === 'Audit') return intended('is only recorded, because its policy says action: Audit');
  if (isExcepted(evaluation, managedKey, now)) return intended('is excepted by its policy');
  const previousKey =
    rotate?.previousKey === undefined ? undefined : keyByName(evaluation, rotate.previousKey);
  const clash = previousKey === undefined ? undefined : clashOf(evaluation, key, previousKey);
  if (clash !== undefined) return fault(clash);
  return {
    key,
    generate,
    schedule: rotate,
    previousKey,
    gracePeriod: milliseconds(rotate?.gracePeriod ?? GRACE_PERIOD),
  };
}

/** The compiler refuses such a clash within one policy. Two policies can still use one key for two purposes. */
function clashOf({ managedKeys }: Evaluation, key: string, previousKey: string): string | undefined {
  const keptEntry = managedKeys.get(previousKey)?.entry;
  if (previousKey === key || keptEntry?.derive !== undefined || keptEntry?.generate !== undefined)
    return `can not keep its other value in ${previousKey}, which a policy fills otherwise`;
  const first = [...managedKeys.values()].find(({ entry }) => entry.rotate?.previousKey === previousKey);
  return first === undefined || first.key === key
    ? undefined
    : `can not keep its other value in ${previousKey}, where ${first.key} keeps its own`;
}
