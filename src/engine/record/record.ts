import type { Sensitive } from '../secret/sensitive.ts';
import type { ChangeCause, LoginRecord } from './login-record.ts';

export type SecretData = ReadonlyMap<string, Sensitive>;

/** Why a Secret holds what it holds. */
export type ChangeReason =
  /** It was there before lockstep looked at it, or came without lockstep's doing. */
  | { readonly kind: 'seen' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'healed' }
  | { readonly kind: 'generated' }
  /** A rotation that publishes two values at a time has three steps: see `rotation.ts`. */
  | { readonly kind: 'rotated'; readonly step: RotationStep }
  | RollbackReason
  /** Together with the password of the role on its PostgreSQL server. */
  | { readonly kind: 'login'; readonly cause: ChangeCause };

/** Why lockstep itself writes a Secret. */
export type OwnChangeReason = Exclude<ChangeReason, { readonly kind: 'seen' | 'changed' }>;

export interface RollbackReason {
  readonly kind: 'rolled-back';
  /** The number of a version. */
  readonly to: number;
  /** Somebody wants these values though policies deny or correct them: see `forced.ts`. */
  readonly forced?: true | undefined;
  /** Keys in which a webhook stored something else than that version held. In alphabetical order. */
  readonly except?: readonly string[] | undefined;
}

export type RotationStep = 'introduced' | 'switched' | 'retired';

/** What a Secret held from some moment on. */
export interface Version {
  /** 1, 2, 3, …; never used twice of one record. */
  readonly number: number;
  /** By the clock of the API server where it tells, in whole seconds. */
  readonly time: Date;
  /** The field manager that wrote it, e.g. `kubectl-edit`. */
  readonly by: string;
  readonly why: ChangeReason;
  /** Those that were added, changed or removed; of the first version all. In alphabetical order. */
  readonly keys: readonly string[];
  /** Undefined where somebody has edited them in the record: nobody can go back to them. */
  readonly data: SecretData | undefined;
}

/** What is about to be written to the Secret. */
export interface Pending extends Version {
  /** resourceVersion of the Secret that it was computed from: once it is another one, somebody has written since. */
  readonly baseResourceVersion: string | undefined;
}

/** Consumers on their way to a version. */
export interface Rollout {
  /** What they have not all been brought to yet, the oldest first; at least one. */
  readonly changes: readonly Pick<Version, 'number' | 'time' | 'keys'>[];
  /** The version that each of those has which were brought to one, by `Kind/name`. */
  readonly done: ReadonlyMap<string, number>;
  /** The one that is waited for. */
  readonly current: { readonly workload: string; readonly since: Date } | undefined;
  /** It did not become healthy: no other is touched until it does, or has a newer version. */
  readonly stopped: { readonly workload: string; readonly reason: string } | undefined;
}

/** A command that began a write this long ago is no longer at it. Milliseconds. */
export const WRITE_TIMEOUT_MS = 60_000;

/** Where the rotation of one key stands. */
export interface Rotation {
  readonly step: Exclude<RotationStep, 'retired'>;
  /** Of `switched`: since all consumers were brought to it, where lockstep restarts them. */
  readonly since: Date;
  /** The key that holds the other value. */
  readonly previousKey: string;
}

/** A derived key that agreed with its base keys. */
export interface InSyncKey {
  /** Stands for the policy entry by which it agreed: see `drift.ts`. */
  readonly entry: string;
  /** The number of the last version with which it did. */
  readonly version: number;
}

/** What lockstep remembers of one Secret. Lies beside it, as a Secret of its own. */
export interface SecretRecord {
  /** Of the Secret whose versions these are; another one once it was deleted and made again. */
  readonly uid: string;
  /** The oldest first; at least one. */
  readonly versions: readonly Version[];
  /** Written before the Secret is: whoever finds it finishes it. */
  readonly pending: Pending | undefined;
  /** When each key was last seen to change, those that are no longer there included. */
  readonly lastChanged: ReadonlyMap<string, Date>;
  readonly rotations: ReadonlyMap<string, Rotation>;
  /** Keys that somebody has asked to be rotated now. */
  readonly requestedKeys: readonly string[];
  /** What holds of these two once `pending`, a step of a rotation, is there: it may never be. */
  readonly afterPending: Pick<SecretRecord, 'rotations' | 'requestedKeys'> | undefined;
  readonly rollout: Rollout | undefined;
  /** Of the login on a PostgreSQL server that it is, where a PostgresCredential says so. */
  readonly login: LoginRecord | undefined;
  /** By the name that the policy gives the key; only of policies with `heal: Drift`. */
  readonly inSyncKeys: ReadonlyMap<string, InSyncKey>;
  /** Since when there is no such Secret. */
  readonly deletedAt: Date | undefined;
}

/** What is known of a write. */
export type WriteInfo = Pick<Version, 'time' | 'by' | 'why'>;

export interface RetentionOptions {
  /** How many versions stay. */
  readonly history: number;
  /** Whether consumers are to be brought to what is new. */
  readonly restarts: boolean;
}

export const latestVersion = ({ versions }: Pick<SecretRecord, 'versions'>): Version => {
  const last = versions.at(-1);
  if (last === undefined) throw new Error('a record has no version');
  return last;
};

/** `after`: the highest number that anything still bears of a record that was lost; 0 where nothing does. */
export function newRecord(uid: string, data: SecretData, write: WriteInfo, after = 0): SecretRecord {
  const keys = [...data.keys()].sort();
  return {
    uid,
    versions: [{ ...write, number: after + 1, keys, data }],
    pending: undefined,
    lastChanged: new Map(keys.map((key) => [key, write.time])),
    rotations: new Map(),
    requestedKeys: [],
    afterPending: undefined,
    rollout: undefined,
    login: undefined,
    inSyncKeys: new Map(),
    deletedAt: undefined,
  };
}

/** How many versions stay, unless told otherwise. */
export const DEFAULT_HISTORY_LIMIT = 5;

/** The record with what is about to be written to the Secret, which is at the resourceVersion `over`. */
export function stagePending(
  record: SecretRecord,
  data: SecretData,
  write: WriteInfo,
  baseResourceVersion?: string,
): SecretRecord {
  const { by, why } = write;
  // As the API server tells it: what it says to have been written in this second may be this.
  const time = new Date(Math.floor(write.time.getTime() / 1000) * 1000);
  const before = latestVersion(record);
  const keys = differingKeys(before.data, data);
  return {
    ...record,
    pending: { time, by, why, number: before.number + 1, keys, data, baseResourceVersion },
  };
}

/** The same where it is known that what was pending has not been written: somebody was first, or it was refused. */
export const discardPending = (record: SecretRecord): SecretRecord => ({
  ...record,
  pending: undefined,
  afterPending: undefined,
});

/** The record of a Secret that may have been deleted and made again: it goes on with its versions, and what was begun of the old one is over. */
export function recordForUid(record: SecretRecord, uid: string): SecretRecord {
  if (record.uid === uid)
    return record.deletedAt === undefined ? record : { ...record, deletedAt: undefined };
  return {
    ...discardPending(record),
    uid,
    deletedAt: undefined,
    rotations: new Map(),
    requestedKeys: [],
    inSyncKeys: new Map(),
  };
}

/** Keys that only one of the two has, or that have another value. In alphabetical order. Of values that are lost, all keys. */
export function differingKeys(before: SecretData | undefined, after: SecretData): readonly string[] {
  const keys = new Set([...(before?.keys() ?? []), ...after.keys()]);
  return [...keys].filter((key) => !isSame(before?.get(key), after.get(key))).sort();
}

const isSame = (a: Sensitive | undefined, b: Sensitive | undefined): boolean =>
  a === undefined ? b === undefined : a.equals(b);

export const hasSameData = (before: SecretData | undefined, after: SecretData): boolean =>
  before !== undefined && differingKeys(before, after).length === 0;
