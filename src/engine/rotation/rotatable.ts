import { type Evaluation, keyByName, type ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import type { CronSchedule } from '../policy/schema/cron.ts';
import { milliseconds } from '../policy/schema/duration.ts';
import type { GenerateSpec } from '../policy/schema/key-schema.ts';

/** A key that lockstep may give a new value, and how. */
export interface Rotatable {
  /** As the Secret spells it. */
  readonly key: string;
  readonly generate: GenerateSpec;
  /** Undefined where it is rotated only when somebody asks for it. */
  readonly schedule: CronSchedule | undefined;
  /** The key that holds the other value during a rotation. */
  readonly previousKey: string | undefined;
  /** Milliseconds. */
  readonly gracePeriod: number;
}

export interface Obstacle {
  readonly key: string;
  /** Why it is not rotated: completes "KEY …". */
  readonly reason: string;
  /** Somebody wants it so: a schedule that passes by it is no fault. */
  readonly isIntended: boolean;
}

/** Unless the policy says otherwise: a day, as sessions live. */
const GRACE_PERIOD = '24h';

/** What may be done with one key of a Secret whose values lockstep may make. */
export function rotatable(evaluation: Evaluation, managedKey: ManagedKey, now: Date): Rotatable | Obstacle {
  const {
    key,
    entry: { generate, rotate, action },
  } = managedKey;
  const fault = (reason: string): Obstacle => ({ key, reason, isIntended: false });
  const intended = (reason: string): Obstacle => ({ key, reason, isIntended: true });
  if (generate === undefined)
    return intended('has no generate in its policy, which would say how it is made');
  if (evaluation.data.get(key)?.isEmpty !== false) return intended('has no value');
  if (action === 'Audit') return intended('is only recorded: its policy says action: Audit');
  if (isExcepted(evaluation, managedKey, now)) return intended('is excepted by its policy');
  if (evaluation.bindings.has(key))
    return fault('is part of a connection URL, whose server must change with it: see PostgresCredential');
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

/** Within one policy that is refused when it is read, but two policies can mean one key each. */
function clashOf({ managedKeys }: Evaluation, key: string, previousKey: string): string | undefined {
  const keptEntry = managedKeys.get(previousKey)?.entry;
  if (previousKey === key || keptEntry?.derive !== undefined || keptEntry?.generate !== undefined)
    return `can not keep its other value in ${previousKey}, which a policy fills otherwise`;
  const first = [...managedKeys.values()].find(({ entry }) => entry.rotate?.previousKey === previousKey);
  return first === undefined || first.key === key
    ? undefined
    : `can not keep its other value in ${previousKey}, where ${first.key} keeps its own`;
}
