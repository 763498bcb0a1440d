import { toKubernetesTime } from '../../engine/secret/kubernetes/conditions.ts';
import type { LoginHistory } from '../../engine/versions/history/history.ts';
import { printable } from '../printable.ts';
import { changeText } from './phase-text.ts';

/** The lines below the versions of a Secret that holds logins. */
export const loginLines = (logins: readonly LoginHistory[]): readonly string[] =>
  logins.flatMap((login) => {
    const lines = linesOf(login);
    return logins.length > 1 ? lines.map((line) => `${login.kind}: ${line}`) : lines;
  });

function linesOf(login: LoginHistory): readonly string[] {
  const { provenVersion, change, changeRequest, diverged, failed, nextRotation } = login;
  return [
    provenVersion === undefined
      ? 'no version has a login that is proven to open the server'
      : `the server was last proven to have the login of version ${provenVersion}`,
    ...(change === undefined
      ? []
      : [`since ${toKubernetesTime(change.since)} ${changeText(change)}; it is in ${change.phase}`]),
    ...(changeRequest === undefined ? [] : [REQUEST_TEXTS[changeRequest.kind]]),
    ...(diverged === undefined
      ? []
      : [`Secret and server are not in sync since ${toKubernetesTime(diverged.since)}: ${diverged.reason}`]),
    ...(failed === undefined
      ? []
      : [
          `the last change of the password was ${failed.undone ? 'undone' : 'not begun'} at ${toKubernetesTime(failed.time)}: ${failed.reason}`,
        ]),
    ...(nextRotation === undefined
      ? []
      : [`its schedule changes the password next at ${toKubernetesTime(nextRotation)}`]),
  ].map(printable);
}

const REQUEST_TEXTS = {
  rotate: 'another password is asked for, and not begun yet',
  'from-secret': 'the server was asked to follow the Secret, and that is not begun yet',
  rollback: 'an earlier version is asked for, with its password in the server, and not begun yet',
} as const;

export const loginJson = ({
  kind,
  provenVersion,
  change,
  changeRequest,
  diverged,
  failed,
  rotated,
  nextRotation,
}: LoginHistory): object => ({
  kind,
  verifiedVersion: provenVersion ?? null,
  change: change === undefined ? null : { ...change, fault: change.fault ?? null },
  requested: changeRequest?.kind ?? null,
  diverged: diverged ?? null,
  failed: failed === undefined ? null : failedOf(failed),
  lastRotation: rotated ?? null,
  nextRotation: nextRotation ?? null,
});

const failedOf = ({ time, reason, undone }: NonNullable<LoginHistory['failed']>) => ({
  time,
  reason,
  rolledBack: undone,
});
