import type { LoginHistory } from '../../history/history.ts';
import { isSameCredential } from '../../record/credential.ts';
import type { SecretRecord } from '../../record/record.ts';
import { credentialInVersion } from '../change/credential-in-version.ts';
import { nextRotation } from '../change/next-rotation.ts';
import type { ServerCredential } from '../spec/compile.ts';
import type { LoginKeys } from '../spec/stated-spec.ts';

/** The keys of a ServerCredential that names no others. */
const DEFAULT_KEYS: LoginKeys = { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD' };

/** Undefined if the Secret is no login. `credential` is undefined if it can't be read or does not exist. */
export function loginHistoryOf(
  { login, versions }: Pick<SecretRecord, 'login' | 'versions'>,
  credential: ServerCredential | undefined,
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
