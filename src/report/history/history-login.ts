import type { ToldLogin } from '../../engine/history/login-history.ts';
import { printable } from '../printable.ts';
import { changeText } from './phase-text.ts';

/** What stands below the versions of a Secret that is a login, a line each. */
export function loginRemarks(login: ToldLogin | undefined): readonly string[] {
  if (login === undefined) return [];
  const { proven, change, wish, diverged, failed, next } = login;
  return [
    proven === undefined
      ? 'of no version it is proven that its login opens the server'
      : `the server was last proven to have the login of version ${proven}`,
    ...(change === undefined
      ? []
      : [`since ${instant(change.since)} ${changeText(change)}; it is in ${change.phase}`]),
    ...(wish === undefined ? [] : [WISHES[wish.kind]]),
    ...(diverged === undefined
      ? []
      : [`Secret and server are not in step since ${instant(diverged.since)}: ${diverged.reason}`]),
    ...(failed === undefined
      ? []
      : [
          `the last change of the password was ${failed.undone ? 'undone' : 'not begun'} at ${instant(failed.time)}: ${failed.reason}`,
        ]),
    ...(next === undefined ? [] : [`its schedule changes the password next at ${instant(next)}`]),
  ].map(printable);
}

const WISHES = {
  rotate: 'another password is asked for, and not begun yet',
  'from-secret': 'the server was asked to follow the Secret, and that is not begun yet',
  rollback: 'an earlier version is asked for, with its password in the server, and not begun yet',
} as const;

/** In whole seconds, as kubectl prints it. */
const instant = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z');

/** For programs. */
export const loginJson = ({ proven, change, wish, diverged, failed, rotated, next }: ToldLogin): object => ({
  verifiedVersion: proven ?? null,
  change: change === undefined ? null : { ...change, fault: change.fault ?? null },
  requested: wish?.kind ?? null,
  diverged: diverged ?? null,
  failed: failed === undefined ? null : failedOf(failed),
  lastRotation: rotated ?? null,
  nextRotation: next ?? null,
});

const failedOf = ({ time, reason, undone }: NonNullable<ToldLogin['failed']>) => ({
  time,
  reason,
  rolledBack: undone,
});
