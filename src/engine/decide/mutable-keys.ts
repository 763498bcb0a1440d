import type { EngineContext } from '../evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { isOwned } from '../secret/owners.ts';

/**
 * An immutable Secret can't be patched. A warn-only user restores old state on purpose. A key that is only recorded is
 * not changed.
 */
export function isReadOnly(
  { request: { old, username } }: Evaluation,
  { warnOnlyUsers, maxAction }: EngineContext,
): boolean {
  return old?.immutable === true || warnOnlyUsers.has(username ?? '') || maxAction === 'Audit';
}

/** The keys that the webhook may change. */
export function mutableKeys(evaluation: Evaluation, { now }: EngineContext): ReadonlySet<ManagedKey> {
  const owned = isOwned(evaluation.request.secret);
  const selectedKeys = [...evaluation.managedKeys.values()].filter(
    (one) =>
      (one.policy.mutateOwned || !owned) &&
      one.entry.action !== 'Audit' &&
      !isExcepted(evaluation, one, now()),
  );
  return new Set(selectedKeys);
}
