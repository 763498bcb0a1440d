import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { ManagedKey } from '../../review/evaluation/evaluation.ts';
import { isExcepted } from '../../review/evaluation/exceptions.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { type Finding, milder } from '../../secret/finding/finding.ts';
import { RECENT_MS } from '../../secret/record/recent-changes.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { changedAgainFault } from './changed-again.ts';
import type { KeyChanges, RecordFault } from './record-fault.ts';
import { replacedFault } from './replaced.ts';
import { revertedFault } from './reverted.ts';
import { twoWritersFault, writersInTurn } from './two-writers.ts';

/**
 * The findings that only the record shows. `record` includes the present data of the Secret. They
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
  const changed = [...evaluation.managedKeys.values()].flatMap((managedKey) => {
    const changes = changesOf(managedKey, recent);
    const isCounted = changes.length > 0 && managedKey.entry.derive === undefined;
    if (!isCounted || isExcepted(evaluation, managedKey, now)) return [];
    return { managedKey, changes, writers: writersInTurn(changes, now) };
  });
  const withTwoWriters = changed.filter(({ writers }) => writers !== undefined);
  return changed.flatMap(({ managedKey, changes, writers }) => {
    const faults =
      writers === undefined
        ? sensitiveFaults(permissions, managedKey, changes, record, context)
        : withTwoWriters[0]?.managedKey === managedKey
          ? [twoWritersFault(writers, withTwoWriters.length - 1)]
          : [];
    const { key, entry, policy } = managedKey;
    const action = milder(milder(entry.action, 'Warn'), context.maxAction);
    return faults.map((fault) => ({ ...fault, key, action, policy: policy.name }));
  });
}

function sensitiveFaults(
  permissions: Permissions,
  managedKey: ManagedKey,
  changes: KeyChanges,
  record: SecretRecord,
  context: EngineContext,
): readonly RecordFault[] {
  if (managedKey.entry.sensitive !== true) return [];
  return [
    revertedFault(permissions, managedKey, changes, record, context) ??
      changedAgainFault(permissions, managedKey, changes),
    replacedFault(permissions, managedKey, changes, record, context),
  ].filter((fault) => fault !== undefined);
}

function changesOf({ key, entry }: ManagedKey, recent: KeyChanges): KeyChanges {
  const spellings = [key, entry.name, ...entry.aliases];
  return recent.filter(({ keys }) => spellings.some((one) => keys.includes(one)));
}
