import type { LoginRecord } from '../../record/login-record.ts';

/**
 * The login of one Secret of a generator, for the Secret that has replaced it. It counts as an edit of one Secret.
 * Version numbers of the earlier record mean nothing in this one.
 */
export function movedLogin(
  login: LoginRecord,
  { secret, movedFrom, changeRequest }: Pick<LoginRecord, 'secret' | 'movedFrom' | 'changeRequest'>,
): LoginRecord {
  const change = login.change && { ...login.change, restores: undefined };
  return { ...login, secret, movedFrom, change, changeRequest, diverged: undefined };
}
