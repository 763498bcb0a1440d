import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { realValueFix } from './real-value.ts';
import { fixFor, isRequired } from './required.ts';
import { KEY_STATE, type KeyRule, type Violation } from './rule.ts';

export const empty: KeyRule = {
  id: 'empty',
  meaning:
    'A required key is empty, or a sensitive key that had a value was emptied. An optional key that is empty from the start is a feature switched off.',
  example: 'JWT_SECRET: ""',
  remediation: 'Set a value. To switch an optional feature off, remove the key.',
  final: true,
  states: KEY_STATE.empty,
  concerns: ({ entry }) => entry.required || entry.requiredWith !== undefined || entry.sensitive === true,
  check: isEmpty,
};

function isEmpty(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const { key, entry } = managedKey;
  if (evaluation.data.get(key)?.isEmpty !== true) return undefined;
  const fix =
    entry.derive === undefined
      ? realValueFix(evaluation, managedKey, 'set a value')
      : fixFor(evaluation, managedKey);
  if (fix === undefined) return undefined;
  if (isRequired(evaluation, managedKey)) return { key, message: 'is empty', fix };
  const before = evaluation.request.old?.data.get(key);
  const wasEmptied = entry.sensitive === true && before !== undefined && !before.isEmpty;
  return wasEmptied ? { key, message: 'was emptied', fix } : undefined;
}
