import type { LoginChange } from '../record/login-record.ts';
import type { SecretRecord } from '../record/record.ts';

/** The result of taking a request back. */
export type Withdrawal =
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
export function withdrawnLogin(record: SecretRecord): Withdrawal {
  const { login } = record;
  const { change } = login ?? {};
  if (login === undefined || (change === undefined && login.wish === undefined)) return { kind: 'nothing' };
  if (change !== undefined && !isWithdrawable(change)) return { kind: 'begun', change };
  return {
    kind: 'withdrawn',
    record: { ...record, login: { ...login, wish: undefined, change: undefined } },
  };
}

/** A change that the Secret or a schedule asks for would only begin again. */
const isWithdrawable = ({ phase, cause }: LoginChange): boolean =>
  phase === 'preflight' && (cause === 'requested' || cause === 'rolled-back');

/** The same of keys that are generated: one that has a next value in the Secret already goes on. `keys`: none for all. */
export function withdrawnKeys(record: SecretRecord, keys: readonly string[]): Withdrawal {
  const meant = record.asked.filter((key) => keys.length === 0 || keys.includes(key));
  if (meant.length === 0) return { kind: 'nothing' };
  const isBegun = (key: string): boolean =>
    record.rotations.has(key) || record.pending?.why.kind === 'rotated';
  const begun = meant.filter(isBegun);
  if (begun.length > 0) return { kind: 'begun-keys', keys: begun };
  return {
    kind: 'withdrawn',
    record: { ...record, asked: record.asked.filter((key) => !meant.includes(key)) },
  };
}
