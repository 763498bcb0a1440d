import {
  type ChangeRequest,
  type LoginRecord,
  type LoginSystem,
  newLoginRecord,
} from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';

/**
 * The record with the change request. If lockstep has not seen the login yet, it only knows the role that the Secret
 * names.
 */
export function requestChange(
  record: SecretRecord,
  request: ChangeRequest,
  { secret, role, system }: { readonly secret: string; readonly role: string; readonly system: LoginSystem },
): SecretRecord {
  const login = record.login ?? newLoginRecord(secret, role, system);
  return { ...record, login: { ...login, changeRequest: request } };
}

/**
 * The result of a change request, or of a change that a command follows. Undefined while the change is in progress.
 * Each reason is a sentence.
 */
export type ChangeRequestOutcome =
  | { readonly kind: 'changed' }
  /** There was nothing to do, or another user has written another login. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused' | 'undone' | 'diverged'; readonly reason: string };

/** `from` is the login record at the time of the change request. */
export function changeRequestOutcome(
  { rotated, failed }: Pick<LoginRecord, 'rotated' | 'failed'>,
  now: LoginRecord,
): ChangeRequestOutcome | undefined {
  if (now.change !== undefined || now.changeRequest !== undefined) return undefined;
  if (now.diverged !== undefined) return { kind: 'diverged', reason: now.diverged.reason };
  if (now.failed !== undefined && !isSameTime(now.failed.time, failed?.time))
    return { kind: now.failed.undone ? 'undone' : 'refused', reason: now.failed.reason };
  return { kind: isSameTime(now.rotated, rotated) ? 'unchanged' : 'changed' };
}

const isSameTime = (a: Date | undefined, b: Date | undefined): boolean => a?.getTime() === b?.getTime();
