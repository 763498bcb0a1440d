import { credentialInVersion } from '../credential/change/credential-in-version.ts';
import { nextRotation } from '../credential/change/next-rotation.ts';
import type { LoginKeys } from '../credential/change/publish.ts';
import type { PostgresCredential } from '../credential/spec/compile.ts';
import { isSameCredential } from '../record/credential.ts';
import type { LoginChange, LoginRecord } from '../record/login-record.ts';
import type { SecretRecord } from '../record/record.ts';

/** What there is to tell of the login that a Secret is; no value is in it. */
export interface LoginHistory extends Pick<LoginRecord, 'changeRequest' | 'diverged' | 'failed' | 'rotated'> {
  /** The last version that has the login which was proven to open the server last; undefined where no version has it. */
  readonly provenVersion: number | undefined;
  readonly change: Pick<LoginChange, 'cause' | 'phase' | 'since' | 'fault'> | undefined;
  /** When its schedule changes the password next; undefined where nobody may know, or it has none. */
  readonly nextRotation: Date | undefined;
}

/** As a PostgresCredential has it that does not say otherwise. */
const DEFAULT_KEYS: LoginKeys = { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' };

/** Undefined where the Secret is none. `credential`: undefined where nobody may read it, or it is gone. */
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
