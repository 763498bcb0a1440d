import { isSameCredential } from '../../secret/record/credential.ts';
import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import type { LoginHistory } from '../../versions/history/history.ts';
import { credentialInVersion } from '../change/credential-in-version.ts';
import { nextRotation } from '../change/next-rotation.ts';
import type { ServerCredential } from '../credential-schema/compile.ts';
import { defaultLoginKeys } from '../in-secret/login-keys.ts';
import { serverKindOf } from '../server-kinds/kinds.ts';

/** `credential` is undefined if it can't be read or does not exist. */
export function loginHistoryOf(
  login: LoginRecord,
  versions: SecretRecord['versions'],
  credential: ServerCredential | undefined,
  now: Date,
): LoginHistory {
  const { current, change, changeRequest, diverged, failed, rotated } = login;
  const keys = credential?.spec.keys ?? defaultLoginKeys(login);
  const proven = versions.findLast(
    ({ data }) => current !== undefined && isSameCredential(credentialInVersion(data, keys), current),
  );
  return {
    kind: serverKindOf(login).object,
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
