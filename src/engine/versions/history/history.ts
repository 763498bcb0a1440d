import type { LoginChange, LoginRecord } from '../../secret/record/login-record.ts';
import {
  differingKeys,
  latestVersion,
  type SecretData,
  type SecretRecord,
  type Version,
} from '../../secret/record/record.ts';
import { formerOwner } from '../../secret/record/secret-frame.ts';

/** The history of a Secret. It contains no value. */
export interface History extends Pick<SecretRecord, 'rotations' | 'requestedKeys' | 'rollout' | 'deletedAt'> {
  /** The owner of a Secret that was deleted. */
  readonly formerOwner: string | undefined;
  readonly namespace: string;
  readonly name: string;
  /** The oldest first. */
  readonly versions: readonly VersionInfo[];
  /** The pending version. Its writer may have stopped before the write was complete. */
  readonly pending: VersionInfo | undefined;
  /** The last write, if the Secret holds other data than the last version. No version records it yet. */
  readonly unrecorded: UnrecordedWrite | undefined;
  /** At most one on each kind of server. */
  readonly logins: readonly LoginHistory[];
}

export interface VersionInfo extends Omit<Version, 'data'> {
  /** The Secret holds this version now. */
  readonly isCurrent: boolean;
  /** The record holds its values unchanged. */
  readonly isRestorable: boolean;
}

/** The history of the login in a Secret. It contains no value. */
export interface LoginHistory extends Pick<LoginRecord, 'changeRequest' | 'diverged' | 'failed' | 'rotated'> {
  /** The kind of the object that names the login, such as `PostgresCredential`. */
  readonly kind: string;
  /** The last version that holds the proven login. Undefined if no version holds it. */
  readonly provenVersion: number | undefined;
  readonly change: Pick<LoginChange, 'cause' | 'phase' | 'since' | 'fault'> | undefined;
  /** The next time of the schedule. Undefined if there is none, or if the PostgresCredential can't be read. */
  readonly nextRotation: Date | undefined;
}

type UnrecordedWrite = Pick<Version, 'time' | 'by' | 'keys'>;

export interface CurrentSecret {
  readonly data: SecretData;
  /** The last write of its values. */
  readonly written: Pick<Version, 'time' | 'by'>;
}

/** `current` is undefined if the Secret does not exist. */
export function historyOf(
  { namespace, name }: Pick<History, 'namespace' | 'name'>,
  record: SecretRecord,
  current: CurrentSecret | undefined,
  logins: readonly LoginHistory[] = [],
): History {
  const last = latestVersion(record);
  // If the values of the last version are lost, nobody knows whether the Secret still holds them.
  const keys = current === undefined || last.data === undefined ? [] : differingKeys(last.data, current.data);
  const isInSync = current !== undefined && last.data !== undefined && keys.length === 0;
  const { versions, pending, rotations, requestedKeys, rollout, deletedAt } = record;
  return {
    namespace,
    name,
    versions: versions.map((version) => versionInfo(version, isInSync && version === last)),
    pending: pending && versionInfo(pending, false),
    unrecorded: current === undefined || keys.length === 0 ? undefined : { ...current.written, keys },
    rotations,
    requestedKeys,
    rollout,
    logins,
    deletedAt,
    formerOwner: deletedAt && formerOwner({ namespace, name }, record.frame),
  };
}

const versionInfo = ({ number, time, by, why, keys, data }: Version, isCurrent: boolean): VersionInfo => ({
  number,
  time,
  by,
  why,
  keys,
  isCurrent,
  isRestorable: data !== undefined,
});
