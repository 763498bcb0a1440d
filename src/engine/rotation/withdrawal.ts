import type { LoginChange } from '../record/login-record.ts';
import type { SecretRecord } from '../record/record.ts';

/** The result of taking a request back. */
export type WithdrawalResult =
  | { readonly kind: 'nothing' }
  /** It has not begun, and is not in `record` any more. */
  | { readonly kind: 'withdrawn'; readonly record: SecretRecord }
  /** Something was changed for it already. */
  | { readonly kind: 'begun'; readonly change: LoginChange }
  | { readonly kind: 'begun-keys'; readonly keys: readonly string[] };

/**
 * The record without what somebody has asked for of a login. Whoever changes a password writes that it is about to alter the role before it does. A record that says less
 * than that was never followed by an ALTER ROLE, and a conditional write of it stops whoever is on the way there.
 */
export function withdrawLoginRequest(record: SecretRecord): WithdrawalResult {
  const { login } = record;
  const { change } = login ?? {};
  if (login === undefined || (change === undefined && login.changeRequest === undefined))
    return { kind: 'nothing' };
  if (change !== undefined && !canWithdraw(change)) return { kind: 'begun', change };
  return {
    kind: 'withdrawn',
    record: { ...record, login: { ...login, changeRequest: undefined, change: undefined } },
  };
}

/** A change that the Secret or a schedule asks for would only begin again. */
const canWithdraw = ({ phase, cause }: LoginChange): boolean =>
  phase === 'preflight' && (cause === 'requested' || cause === 'rolled-back');

/** The same of keys that are generated: one that has a next value in the Secret already goes on. `keys`: none for all. */
export function withdrawKeyRequests(record: SecretRecord, keys: readonly string[]): WithdrawalResult {
  const requested = record.requestedKeys.filter((key) => keys.length === 0 || keys.includes(key));
  if (requested.length === 0) return { kind: 'nothing' };
  const isStarted = (key: string): boolean =>
    record.rotations.has(key) || record.pending?.why.kind === 'rotated';
  const startedKeys = requested.filter(isStarted);
  if (startedKeys.length > 0) return { kind: 'begun-keys', keys: startedKeys };
  return {
    kind: 'withdrawn',
    record: { ...record, requestedKeys: record.requestedKeys.filter((key) => !requested.includes(key)) },
  };
}
