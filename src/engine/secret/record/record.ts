import type { Sensitive } from '../sensitive.ts';
import type { ChangeCause, Logins } from './login-record.ts';
import type { SecretFrame } from './secret-frame.ts';

export type SecretData = ReadonlyMap<string, Sensitive>;

/** The reason why a Secret holds its data. */
export type ChangeReason =
  /** The data was there before lockstep saw the Secret, or another client wrote it. */
  | { readonly kind: 'seen' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'healed' }
  | { readonly kind: 'generated' }
  /** A rotation with a previous key has three steps: see `rotation.ts`. */
  | { readonly kind: 'rotated'; readonly step: RotationStep }
  | RollbackReason
  /** The password changed together with that of the role on its PostgreSQL server. */
  | { readonly kind: 'login'; readonly cause: ChangeCause };

/** The reason why lockstep itself writes a Secret. */
export type OwnChangeReason = Exclude<ChangeReason, { readonly kind: 'seen' | 'changed' }>;

export interface RollbackReason {
  readonly kind: 'rolled-back';
  /** The number of a version. */
  readonly to: number;
  /** lockstep undid a failed password change: the versions after `to` up to this one never counted. */
  readonly undone?: true | undefined;
  /** A person restores these values although policies deny or correct them: see `forced.ts`. */
  readonly forced?: true | undefined;
  /** The keys for which a webhook stored another value than that version held. In alphabetical order. */
  readonly except?: readonly string[] | undefined;
}

export type RotationStep = 'introduced' | 'switched' | 'retired';

/** The data that a Secret held from a time on. */
export interface Version {
  /** 1, 2, 3, …; never used twice in one record. */
  readonly number: number;
  /** By the server clock if it is known, in whole seconds. */
  readonly time: Date;
  /** The field manager that wrote it, e.g. `kubectl-edit`. */
  readonly by: string;
  readonly why: ChangeReason;
  /** The keys that were added, changed or removed. In the first version, all keys. In alphabetical order. */
  readonly keys: readonly string[];
  /** Undefined if a person edited the values in the record. Such a version can't be restored. */
  readonly data: SecretData | undefined;
}

/** A version that another writer made. It holds names only, and stays known longer than the values. */
export interface RecentChange extends Pick<Version, 'number' | 'time' | 'by' | 'keys'> {
  /** The Secret was deleted and created again: no webhook has compared the values. */
  readonly recreated?: true | undefined;
}

/** The version that lockstep is about to write to the Secret. */
export interface Pending extends Version {
  /**
   * The resourceVersion of the Secret from which the version was computed. Another one means that a client has written
   * since. Undefined if the Secret did not exist: any Secret is a write since.
   */
  readonly baseResourceVersion: string | undefined;
}

/** The restart of consumers for a version. */
export interface Rollout {
  /** The changes that not all consumers have yet, the oldest first. At least one. */
  readonly changes: readonly Pick<Version, 'number' | 'time' | 'keys'>[];
  /** The last version that each consumer was brought to, by `Kind/name`. */
  readonly done: ReadonlyMap<string, number>;
  /** The workload that the rollout waits for. */
  readonly current:
    | {
        readonly workload: string;
        readonly since: Date;
        /** Reloader must still restart it. */
        readonly leftToReloader?: true | undefined;
      }
    | undefined;
  /**
   * The workload that did not become healthy. lockstep restarts no other until it is healthy, or gets a newer version.
   */
  readonly stopped: { readonly workload: string; readonly reason: string } | undefined;
}

/** A command that began a write this long ago is no longer running. */
export const WRITE_TIMEOUT_MS = 60_000;

/** The state of the rotation of one key. */
export interface Rotation {
  readonly step: Exclude<RotationStep, 'retired'>;
  /** For `switched`: the time at which the rollout of all consumers ended, if lockstep restarts them. */
  readonly since: Date;
  /** The key that holds the other value. */
  readonly previousKey: string;
}

/** A derived key that agreed with its base keys. */
export interface InSyncKey {
  /** A fingerprint of the policy entry by which the key agreed: see `drift.ts`. */
  readonly entry: string;
  /** The number of the last version in which the key agreed. */
  readonly version: number;
}

/** The memory of lockstep about one Secret. It is a Secret of its own in the same namespace. */
export interface SecretRecord extends Logins {
  /** The uid of the Secret whose versions these are. It changes when the Secret is deleted and created again. */
  readonly uid: string;
  /** The oldest first; at least one. */
  readonly versions: readonly Version[];
  /** Written before the Secret. The process that finds it completes the write. */
  readonly pending: Pending | undefined;
  /** The time of the last observed change of each key. Removed keys are included. */
  readonly lastChanged: ReadonlyMap<string, Date>;
  /** The changes of the last week by other writers. The oldest first; limited in number. */
  readonly recentChanges: readonly RecentChange[];
  readonly rotations: ReadonlyMap<string, Rotation>;
  /** Keys whose rotation a person requested. */
  readonly requestedKeys: readonly string[];
  /**
   * The values of these two fields after `pending` is written, if `pending` is a rotation step. It may never be
   * written.
   */
  readonly afterPending: Pick<SecretRecord, 'rotations' | 'requestedKeys'> | undefined;
  readonly rollout: Rollout | undefined;
  /** By the name of the key in the policy. Only policies with `heal: Drift` are included. */
  readonly inSyncKeys: ReadonlyMap<string, InSyncKey>;
  /** The time since which the Secret does not exist. */
  readonly deletedAt: Date | undefined;
  /** Everything but its values, as of the last write of the record. Undefined until then. */
  readonly frame?: SecretFrame | undefined;
}

/** The facts about a write. */
export type WriteInfo = Pick<Version, 'time' | 'by' | 'why'>;

export interface RetentionOptions {
  /** The number of versions to keep. */
  readonly history: number;
  /** Whether lockstep restarts consumers for new data. */
  readonly restarts: boolean;
}

export const latestVersion = ({ versions }: Pick<SecretRecord, 'versions'>): Version => {
  const last = versions.at(-1);
  if (last === undefined) throw new Error('a record has no version');
  return last;
};

/** `after` is the highest version number of a lost record that any object still shows, or 0. */
export function newRecord(uid: string, data: SecretData, write: WriteInfo, after = 0): SecretRecord {
  const keys = [...data.keys()].sort();
  return {
    uid,
    versions: [{ ...write, number: after + 1, keys, data }],
    pending: undefined,
    lastChanged: new Map(keys.map((key) => [key, write.time])),
    recentChanges: [],
    rotations: new Map(),
    requestedKeys: [],
    afterPending: undefined,
    rollout: undefined,
    login: undefined,
    inSyncKeys: new Map(),
    deletedAt: undefined,
  };
}

/** The number of versions to keep if no policy states it. */
export const DEFAULT_HISTORY_LIMIT = 5;

/**
 * The record with the data that lockstep is about to write. The plan is based on this resourceVersion of the Secret.
 */
export function stagePending(
  record: SecretRecord,
  data: SecretData,
  write: WriteInfo,
  baseResourceVersion?: string,
): SecretRecord {
  const { by, why } = write;
  // Rounded down to whole seconds like the times of the API server, so that a write in the same second can be this one.
  const time = new Date(Math.floor(write.time.getTime() / 1000) * 1000);
  const before = latestVersion(record);
  const keys = differingKeys(before.data, data);
  return {
    ...record,
    pending: { time, by, why, number: before.number + 1, keys, data, baseResourceVersion },
  };
}

/**
 * The record without the pending version, which is known not to be in the Secret: another client was first, or the
 * write was refused.
 */
export const discardPending = (record: SecretRecord): SecretRecord => ({
  ...record,
  pending: undefined,
  afterPending: undefined,
});

/**
 * The record of a Secret that may have been deleted and created again. The versions continue. Work that began for the
 * old Secret is dropped. `lockstep rollback` may have staged the data of the new one.
 */
export function recordForUid(record: SecretRecord, uid: string): SecretRecord {
  if (record.uid === uid)
    return record.deletedAt === undefined ? record : { ...record, deletedAt: undefined };
  const { pending } = record;
  const isForNewSecret = pending !== undefined && pending.baseResourceVersion === undefined;
  return {
    ...(isForNewSecret ? record : discardPending(record)),
    uid,
    deletedAt: undefined,
    rotations: new Map(),
    requestedKeys: [],
    inSyncKeys: new Map(),
  };
}

/**
 * Keys that only one of the two has, or whose values differ. In alphabetical order. If the values before are lost, all
 * keys.
 */
export function differingKeys(before: SecretData | undefined, after: SecretData): readonly string[] {
  const keys = new Set([...(before?.keys() ?? []), ...after.keys()]);
  return [...keys].filter((key) => !isSame(before?.get(key), after.get(key))).sort();
}

const isSame = (a: Sensitive | undefined, b: Sensitive | undefined): boolean =>
  a === undefined ? b === undefined : a.equals(b);

export const hasSameData = (before: SecretData | undefined, after: SecretData): boolean =>
  before !== undefined && differingKeys(before, after).length === 0;
