import { type ChangeRequest, type LoginRecord, newLoginRecord } from '../../record/login-record.ts';
import type { SecretRecord } from '../../record/record.ts';

/** The record with what somebody wants of the login in it. Of one that nobody has looked at yet nothing is known but whom the Secret names. */
export function requestChange(
  record: SecretRecord,
  request: ChangeRequest,
  { secret, role }: { readonly secret: string; readonly role: string },
): SecretRecord {
  const login = record.login ?? newLoginRecord(secret, role);
  return { ...record, login: { ...login, changeRequest: request } };
}

/** What became of a wish, or of a change that was followed; undefined while it is under way. Each reason is a sentence. */
export type ChangeRequestOutcome =
  | { readonly kind: 'changed' }
  /** There was nothing to do, or somebody has written something else meanwhile. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused' | 'undone' | 'diverged'; readonly reason: string };

/** `from`: as the login was when the wish was written. */
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
