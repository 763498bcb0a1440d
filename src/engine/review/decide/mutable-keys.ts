import { isOwned } from '../../secret/owners.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';

/** A warn-only user restores old state on purpose. A Secret of another controller would be changed back at once. */
export function isReadOnly(
  { request: { secret, username } }: Evaluation,
  { warnOnlyUsers, maxAction }: EngineContext,
): boolean {
  return warnOnlyUsers.has(username ?? '') || maxAction === 'Audit' || isOwned(secret);
}

/** Not if the key is only recorded, or has an exception. Few keys need a change, so each step asks it last. */
export const isMutable = (evaluation: Evaluation, managedKey: ManagedKey, { now }: EngineContext): boolean =>
  managedKey.entry.action !== 'Audit' &&
  (managedKey.policy.exceptions.length === 0 || !isExcepted(evaluation, managedKey, now()));
