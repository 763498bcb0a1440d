import { type Case, type Governed, keyNamed } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import type { Schedule } from '../policy/schema/cron.ts';
import { milliseconds } from '../policy/schema/duration.ts';
import type { GenerateSpec } from '../policy/schema/key-schema.ts';

/** A key that lockstep may give a new value, and how. */
export interface Rotatable {
  /** As the Secret spells it. */
  readonly key: string;
  readonly generate: GenerateSpec;
  /** Undefined where it is rotated only when somebody asks for it. */
  readonly schedule: Schedule | undefined;
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
  readonly isMeant: boolean;
}

/** Unless the policy says otherwise: a day, as sessions live. */
const GRACE_PERIOD = '24h';

/** What may be done with one key of a Secret whose values lockstep may make. */
export function rotatable(aCase: Case, governed: Governed, now: Date): Rotatable | Obstacle {
  const {
    key,
    entry: { generate, rotate, action },
  } = governed;
  const fault = (reason: string): Obstacle => ({ key, reason, isMeant: false });
  const meant = (reason: string): Obstacle => ({ key, reason, isMeant: true });
  if (generate === undefined) return meant('has no generate in its policy, which would say how it is made');
  if (aCase.data.get(key)?.isEmpty !== false) return meant('has no value');
  if (action === 'Audit') return meant('is only recorded: its policy says action: Audit');
  if (isExcepted(aCase, governed, now)) return meant('is excepted by its policy');
  if (aCase.bindings.has(key))
    return fault('is part of a connection URL, whose server must change with it: see PostgresCredential');
  const previousKey = rotate?.previousKey === undefined ? undefined : keyNamed(aCase, rotate.previousKey);
  const clash = previousKey === undefined ? undefined : clashOf(aCase, key, previousKey);
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
function clashOf({ governed }: Case, key: string, previousKey: string): string | undefined {
  const kept = governed.get(previousKey)?.entry;
  if (previousKey === key || kept?.derive !== undefined || kept?.generate !== undefined)
    return `can not keep its other value in ${previousKey}, which a policy fills otherwise`;
  const first = [...governed.values()].find(({ entry }) => entry.rotate?.previousKey === previousKey);
  return first === undefined || first.key === key
    ? undefined
    : `can not keep its other value in ${previousKey}, where ${first.key} keeps its own`;
}
