import type { UrlTrial } from '../../engine/diagnosis/audit/controller-preview.ts';
import { targetsOf } from '../../engine/login/in-secret/login-targets.ts';
import { urlLoginIn } from '../../engine/login/in-secret/logins.ts';
import { type LoginOutcome, loginOutcome } from '../../engine/login/result/login-finding.ts';
import type { Change } from '../../engine/review/evaluation/decision.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import { type LoginAttempt, type TryLogin, tryLogins } from './attempts.ts';

interface CorrectionAttempt extends LoginAttempt {
  readonly key: string;
  readonly side: 'stored' | 'corrected';
}

/**
 * The attempts for each corrected key that holds, and will hold, a login that can be tried. `timeout` limits one
 * login, in milliseconds.
 */
export async function tryCorrections(
  secret: Secret,
  changes: readonly Change[],
  tryLogin: TryLogin,
  timeout: number,
): Promise<readonly UrlTrial[]> {
  const data = new Map([...secret.data, ...changes.map(({ key, value }) => [key, value] as const)]);
  const corrected = { ...secret, data };
  const attempts = changes.flatMap(({ key }) => [
    ...attemptOf(secret, key, 'stored'),
    ...attemptOf(corrected, key, 'corrected'),
  ]);
  const results = await tryLogins(attempts, tryLogin, timeout);
  const outcomeOf = (key: string, side: CorrectionAttempt['side']): LoginOutcome => {
    const attempt = attempts.find((one) => one.key === key && one.side === side);
    if (attempt === undefined) return NO_LOGIN;
    const result = results.get(attempt) ?? 'too-late';
    return result === 'too-late' ? TOO_LATE : loginOutcome(result, attempt.login.system);
  };
  return changes
    .filter(({ key }) => attempts.some((one) => one.key === key))
    .map(({ key, bases = [] }) => ({
      key,
      bases: bases.join(', '),
      stored: outcomeOf(key, 'stored'),
      corrected: outcomeOf(key, 'corrected'),
    }));
}

const NO_LOGIN: LoginOutcome = { kind: 'untried', why: 'it holds no login that can be tried' };
const TOO_LATE: LoginOutcome = { kind: 'untried', why: 'all logins together took too long' };

function attemptOf(
  secret: Secret,
  key: string,
  side: CorrectionAttempt['side'],
): readonly CorrectionAttempt[] {
  const login = urlLoginIn(secret, key);
  const targets = login === undefined ? [] : targetsOf(login);
  return login === undefined || targets.length === 0 ? [] : [{ key, side, login, targets }];
}
