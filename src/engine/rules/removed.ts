import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { previousKeysOf } from '../evaluation/previous-keys.ts';
import { placeOfFix } from '../secret/owners.ts';
import { KEY_STATE, type KeyRule, type Violation } from './rule.ts';

export const removed: KeyRule = {
  id: 'removed',
  meaning:
    'An update removes a sensitive key that had a value. Data that was encrypted with that value would be lost.',
  example: 'an update without PASSWORD_MASTER_KEY, which the stored Secret has',
  remediation:
    'Keep the key with its value. If it must go, add an exception to the policy, or delete the Secret and create it again.',
  final: true,
  states: KEY_STATE.absent,
  concerns: ({ entry }) => entry.sensitive === true,
  check: wasRemoved,
};

function wasRemoved(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const before = evaluation.request.old?.data.get(key);
  if (entry.sensitive !== true || evaluation.data.has(key) || before === undefined || before.isEmpty)
    return undefined;
  if (previousKeysOf(evaluation).has(key)) return undefined;
  return {
    key,
    message: 'had a value and was removed',
    fix: `keep it${placeOfFix(evaluation.request.secret, 'add')}, because data may be encrypted with it; an exception in the policy allows the removal`,
  };
}
