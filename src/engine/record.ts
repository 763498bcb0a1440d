import type { Sensitive } from './sensitive.ts';

export type Values = ReadonlyMap<string, Sensitive>;

/** Why a Secret holds what it holds. */
export type Why =
  /** It was there before lockstep looked at it, or came without lockstep's doing. */
  | { readonly kind: 'seen' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'healed' }
  | { readonly kind: 'generated' }
  /** A rotation that publishes two values at a time has three steps: see `rotation.ts`. */
  | { readonly kind: 'rotated'; readonly step: RotationStep }
  | { readonly kind: 'rolled-back'; readonly to: number };

export type RotationStep = 'introduced' | 'switched' | 'retired';

/** What a Secret held from some moment on. */
export interface Version {
  /** 1, 2, 3, …; never used twice of one record. */
  readonly number: number;
  /** By the clock of the API server where it tells, in whole seconds. */
  readonly time: Date;
  /** The field manager that wrote it, e.g. `kubectl-edit`. */
  readonly by: string;
  readonly why: Why;
  /** Those that were added, changed or removed; of the first version all. In alphabetical order. */
  readonly keys: readonly string[];
  /** Undefined where somebody has edited them in the record: nobody can go back to them. */
  readonly data: Values | undefined;
}

/** Consumers on their way to a version. */
export interface Rollout {
  /** What they have not all been brought to yet, the oldest first; at least one. */
  readonly changes: readonly Pick<Version, 'number' | 'time' | 'keys'>[];
  /** The version that each of those has which were brought to one, by `Kind/name`. */
  readonly done: ReadonlyMap<string, number>;
  /** The one that is waited for. */
  readonly current: { readonly workload: string; readonly since: Date } | undefined;
  /** It did not become healthy: no other is touched until it does, or there is a newer version. */
  readonly stopped: { readonly workload: string; readonly reason: string } | undefined;
}

/** Where the rotation of one key stands. */
export interface Rotation {
  readonly step: Exclude<RotationStep, 'retired'>;
  readonly since: Date;
}

/** What lockstep remembers of one Secret. Lies beside it, as a Secret of its own. */
export interface SecretRecord {
  /** Of the Secret whose versions these are; another one once it was deleted and made again. */
  readonly uid: string;
  /** The oldest first; at least one. */
  readonly versions: readonly Version[];
  /** Written before the Secret is: whoever finds it finishes it. */
  readonly pending: Version | undefined;
  /** When each key was last seen to change, those that are no longer there included. */
  readonly changed: ReadonlyMap<string, Date>;
  readonly rotations: ReadonlyMap<string, Rotation>;
  /** Keys that somebody has asked to be rotated now. */
  readonly asked: readonly string[];
  readonly rollout: Rollout | undefined;
  /** Since when there is no such Secret. */
  readonly gone: Date | undefined;
}

/** What is known of a write. */
export type Written = Pick<Version, 'time' | 'by' | 'why'>;

export interface Keeping {
  /** How many versions stay. */
  readonly history: number;
  /** Whether consumers are to be brought to what is new. */
  readonly restarts: boolean;
}

export const latest = ({ versions }: Pick<SecretRecord, 'versions'>): Version => {
  const last = versions.at(-1);
  if (last === undefined) throw new Error('a record has no version');
  return last;
};

/** `after`: the highest number that anything still bears of a record that was lost; 0 where nothing does. */
export function beginRecord(uid: string, data: Values, written: Written, after = 0): SecretRecord {
  const keys = [...data.keys()].sort();
  return {
    uid,
    versions: [{ ...written, number: after + 1, keys, data }],
    pending: undefined,
    changed: new Map(keys.map((key) => [key, written.time])),
    rotations: new Map(),
    asked: [],
    rollout: undefined,
    gone: undefined,
  };
}

/**
 * The record of a Secret that is found to hold `data`: with one more version where that is new, which is what was pending or somebody else's doing. What is
 * pending and not there yet stays.
 */
export function settled(record: SecretRecord, data: Values, found: Written, keeping: Keeping): SecretRecord {
  const { pending, versions } = record;
  const before = latest(record);
  const keys = differingKeys(before.data, data);
  if (keys.length === 0) return record;
  const isOurs = holdSame(pending?.data, data);
  const written = isOurs && pending !== undefined ? { ...found, by: pending.by, why: pending.why } : found;
  const version: Version = { ...written, number: before.number + 1, keys, data };
  // Of values that are lost nobody knows which have changed.
  const restarts = keeping.restarts && before.data !== undefined;
  return {
    ...record,
    versions: [...versions, version].slice(-keeping.history),
    pending: undefined,
    changed: new Map([...record.changed, ...keys.map((key) => [key, written.time] as const)]),
    rollout: restarts ? extended(record.rollout, version) : record.rollout,
  };
}

/** The same with what is about to be written to the Secret. */
export function prepared(record: SecretRecord, data: Values, written: Written): SecretRecord {
  const before = latest(record);
  const keys = differingKeys(before.data, data);
  return { ...record, pending: { ...written, number: before.number + 1, keys, data } };
}

/** Keys that only one of the two has, or that have another value. In alphabetical order. Of values that are lost, all keys. */
export function differingKeys(before: Values | undefined, after: Values): readonly string[] {
  const keys = new Set([...(before?.keys() ?? []), ...after.keys()]);
  return [...keys].filter((key) => !isSame(before?.get(key), after.get(key))).sort();
}

const isSame = (a: Sensitive | undefined, b: Sensitive | undefined): boolean =>
  a === undefined ? b === undefined : a.equals(b);

export const holdSame = (before: Values | undefined, after: Values): boolean =>
  before !== undefined && differingKeys(before, after).length === 0;

/** A newer version sets going again what has stopped. */
function extended(rollout: Rollout | undefined, { number, time, keys }: Version): Rollout {
  const change = { number, time, keys };
  if (rollout === undefined)
    return { changes: [change], done: new Map(), current: undefined, stopped: undefined };
  return { ...rollout, changes: [...rollout.changes, change], stopped: undefined };
}
