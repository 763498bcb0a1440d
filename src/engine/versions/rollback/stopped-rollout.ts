import { loginsOf } from '../../secret/record/login-record.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { previousVersion } from './previous-version.ts';

/** The way on from a rollout that has stopped. */
export type WayOn =
  /** The password change rolls back automatically. */
  | { readonly kind: 'rolls-back' }
  /** The workload has the values of an earlier version again, so these are not its fault. */
  | { readonly kind: 'restored' }
  /** A person can roll back to that version. */
  | { readonly kind: 'rollback'; readonly to: number }
  | { readonly kind: 'fix-workload' };

/** `notWritable` is the reason why `lockstep rollback` would refuse this Secret. */
export function wayOnFrom(
  record: Pick<SecretRecord, 'versions' | 'rollout' | 'login' | 'otherLogins'>,
  notWritable: string | undefined,
): WayOn {
  const { change } = loginsOf(record).find((login) => login.change !== undefined) ?? {};
  if (change?.fault === undefined && change?.phase === 'rollout' && change.from !== undefined)
    return { kind: 'rolls-back' };
  const last = record.versions.at(-1)?.why;
  if (change?.fault !== undefined || last?.kind === 'rolled-back') return { kind: 'restored' };
  const previous = previousVersion(record);
  if (notWritable !== undefined || !('number' in previous)) return { kind: 'fix-workload' };
  const { data } = record.versions.find(({ number }) => number === previous.number) ?? {};
  return data === undefined ? { kind: 'fix-workload' } : { kind: 'rollback', to: previous.number };
}
