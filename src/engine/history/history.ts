import {
  differingKeys,
  latestVersion,
  type SecretData,
  type SecretRecord,
  type Version,
} from '../record/record.ts';
import type { LoginHistory } from './login-history.ts';

/** What there is to tell of a Secret's versions; no value is in it. */
export interface History extends Pick<SecretRecord, 'rotations' | 'requestedKeys' | 'rollout' | 'deletedAt'> {
  readonly namespace: string;
  readonly name: string;
  /** The oldest first. */
  readonly versions: readonly VersionInfo[];
  /** What is about to be written, or was, by somebody who did not get to the end of it. */
  readonly pending: VersionInfo | undefined;
  /** The Secret holds something else than the last version: the last write of which nobody has taken note yet. */
  readonly unrecorded: UnrecordedWrite | undefined;
  /** Undefined where it is no login. */
  readonly login: LoginHistory | undefined;
}

export interface VersionInfo extends Omit<Version, 'data'> {
  /** The Secret holds it now. */
  readonly isCurrent: boolean;
  /** Its values are in the record as they were. */
  readonly isRestorable: boolean;
}

type UnrecordedWrite = Pick<Version, 'time' | 'by' | 'keys'>;

/** A Secret as it is now. */
export interface CurrentSecret {
  readonly data: SecretData;
  /** The last write of its values. */
  readonly written: Pick<Version, 'time' | 'by'>;
}

/** `present`: undefined where there is no such Secret. */
export function historyOf(
  { namespace, name }: Pick<History, 'namespace' | 'name'>,
  record: SecretRecord,
  current: CurrentSecret | undefined,
  login?: LoginHistory,
): History {
  const last = latestVersion(record);
  // Of a version that is lost nobody can say whether the Secret still holds it.
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
    login,
    deletedAt,
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
