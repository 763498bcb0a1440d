import { differingKeys, latest, type SecretRecord, type Values, type Version } from '../record/record.ts';
import type { ToldLogin } from './login-history.ts';

/** What there is to tell of a Secret's versions; no value is in it. */
export interface History extends Pick<SecretRecord, 'rotations' | 'asked' | 'rollout' | 'gone'> {
  readonly namespace: string;
  readonly name: string;
  /** The oldest first. */
  readonly versions: readonly ToldVersion[];
  /** What is about to be written, or was, by somebody who did not get to the end of it. */
  readonly pending: ToldVersion | undefined;
  /** The Secret holds something else than the last version: the last write of which nobody has taken note yet. */
  readonly unrecorded: Unrecorded | undefined;
  /** Undefined where it is no login. */
  readonly login: ToldLogin | undefined;
}

export interface ToldVersion extends Omit<Version, 'data'> {
  /** The Secret holds it now. */
  readonly isCurrent: boolean;
  /** Its values are in the record as they were. */
  readonly isRestorable: boolean;
}

type Unrecorded = Pick<Version, 'time' | 'by' | 'keys'>;

/** A Secret as it is now. */
export interface Present {
  readonly data: Values;
  /** The last write of its values. */
  readonly written: Pick<Version, 'time' | 'by'>;
}

/** `present`: undefined where there is no such Secret. */
export function historyOf(
  { namespace, name }: Pick<History, 'namespace' | 'name'>,
  record: SecretRecord,
  present: Present | undefined,
  login?: ToldLogin,
): History {
  const last = latest(record);
  // Of a version that is lost nobody can say whether the Secret still holds it.
  const keys = present === undefined || last.data === undefined ? [] : differingKeys(last.data, present.data);
  const isInStep = present !== undefined && last.data !== undefined && keys.length === 0;
  const { versions, pending, rotations, asked, rollout, gone } = record;
  return {
    namespace,
    name,
    versions: versions.map((version) => told(version, isInStep && version === last)),
    pending: pending && told(pending, false),
    unrecorded: present === undefined || keys.length === 0 ? undefined : { ...present.written, keys },
    rotations,
    asked,
    rollout,
    login,
    gone,
  };
}

const told = ({ number, time, by, why, keys, data }: Version, isCurrent: boolean): ToldVersion => ({
  number,
  time,
  by,
  why,
  keys,
  isCurrent,
  isRestorable: data !== undefined,
});
