import type { EngineContext } from '../evaluation/decision.ts';
import type { ManagedKey } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { type Finding, milder } from '../finding/finding.ts';
import { type Permissions, storedEvaluation } from '../permissions/permissions.ts';
import { RECENT_MS } from '../record/recent-changes.ts';
import type { SecretRecord } from '../record/record.ts';
import { changedAgainFault } from './changed-again.ts';
import type { KeyChanges } from './record-fault.ts';
import { replacedFault } from './replaced.ts';

/**
 * The findings about sensitive keys that only the record shows. `record` includes the present data of the Secret. They
 * refuse nothing, because the write is over.
 */
export function recordFindings(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
): readonly Finding[] {
  const now = context.now();
  const recent = record.recentChanges.filter(({ time }) => now.getTime() - time.getTime() < RECENT_MS);
  if (recent.length === 0) return [];
  const evaluation = storedEvaluation(permissions);
  return [...evaluation.managedKeys.values()].flatMap((managedKey) => {
    const { key, entry, policy } = managedKey;
    if (entry.sensitive !== true || entry.derive !== undefined) return [];
    const changes = changesOf(managedKey, recent);
    if (changes.length === 0 || isExcepted(evaluation, managedKey, now)) return [];
    const action = milder(milder(entry.action, 'Warn'), context.maxAction);
    return [
      changedAgainFault(permissions, managedKey, changes),
      replacedFault(permissions, managedKey, changes, record, context),
    ].flatMap((fault) => (fault === undefined ? [] : { ...fault, key, action, policy: policy.name }));
  });
}

function changesOf({ key, entry }: ManagedKey, recent: KeyChanges): KeyChanges {
  const spellings = [key, entry.name, ...entry.aliases];
  return recent.filter(({ keys }) => spellings.some((one) => keys.includes(one)));
}
