import type { LoginChange } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';

export type WithdrawalResult =
  | { readonly kind: 'nothing' }
  /** The request has not started. It is not in `record` any more. */
  | { readonly kind: 'withdrawn'; readonly record: SecretRecord }
  /** The change has altered something already. */
  | { readonly kind: 'begun'; readonly change: LoginChange }
  | { readonly kind: 'begun-keys'; readonly keys: readonly string[] };

/**
 * The record without the change request of a login. A password change writes its phase into the record before it alters
 * the role. If the record is still at `preflight`, no ALTER ROLE has run. A conditional write of that record stops a
 * controller that is about to start.
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

/** A change that the Secret or a schedule asks for would only start again. */
const canWithdraw = ({ phase, cause }: LoginChange): boolean =>
  phase === 'preflight' && (cause === 'requested' || cause === 'rolled-back');

/**
 * The record without the requests for these generated keys. A key whose next value is in the Secret can't be withdrawn.
 * An empty `keys` means all.
 */
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
