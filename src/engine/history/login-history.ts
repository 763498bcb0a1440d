import { credentialInVersion } from '../credential/change/credential-in-version.ts';
import { nextRotation } from '../credential/change/next-rotation.ts';
import type { LoginKeys } from '../credential/change/publish.ts';
import type { PostgresCredential } from '../credential/spec/compile.ts';
import { isSameCredential } from '../record/credential.ts';
import type { LoginChange, LoginRecord } from '../record/login-record.ts';
import type { SecretRecord } from '../record/record.ts';

/** The history of the login in a Secret. It contains no value. */
export interface LoginHistory extends Pick<LoginRecord, 'changeRequest' | 'diverged' | 'failed' | 'rotated'> {
  /** The last version that holds the proven login. Undefined if no version holds it. */
  readonly provenVersion: number | undefined;
  readonly change: Pick<LoginChange, 'cause' | 'phase' | 'since' | 'fault'> | undefined;
  /** The next time of the schedule. Undefined if there is none, or if the PostgresCredential can't be read. */
  readonly nextRotation: Date | undefined;
}

/** The keys of a PostgresCredential that names no others. */
const DEFAULT_KEYS: LoginKeys = { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' };

/** Undefined if the Secret is no login. `credential` is undefined if it can't be read or does not exist. */
export function loginHistoryOf(
  { login, versions }: Pick<SecretRecord, 'login' | 'versions'>,
  credential: PostgresCredential | undefined,
  now: Date,
): LoginHistory | undefined {
  if (login === undefined) return undefined;
  const { current, change, changeRequest, diverged, failed, rotated } = login;
  const keys = credential?.spec.keys ?? DEFAULT_KEYS;
  const proven = versions.findLast(
    ({ data }) => current !== undefined && isSameCredential(credentialInVersion(data, keys), current),
  );
  return {
    provenVersion: proven?.number,
    change: change && {
      cause: change.cause,
      phase: change.phase,
      since: change.since,
      fault: change.fault,
    },
    changeRequest,
    diverged,
    failed,
    rotated,
    nextRotation: credential && nextRotation(credential, login, now).next,
  };
}
