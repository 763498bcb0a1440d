import type { Case, Governed } from '../evaluation/evaluation.ts';
import { fixFor, isRequired } from './required.ts';
import type { Complaint, KeyRule } from './rule.ts';
import { generator } from './suggest.ts';

export const empty: KeyRule = {
  id: 'empty',
  meaning:
    'A required key is empty, or a sensitive key that had a value was emptied. An optional key that is empty from the start is a feature switched off.',
  example: 'JWT_SECRET: ""',
  mend: 'Set a value. To switch an optional feature off, remove the key.',
  final: true,
  check: isEmpty,
};

function isEmpty(aCase: Case, governed: Governed): Complaint | undefined {
  const { key, entry } = governed;
  if (aCase.data.get(key)?.isEmpty !== true) return undefined;
  const fix =
    entry.derive === undefined ? `set a value${generator(entry, ', e.g. ')}` : fixFor(aCase, governed);
  if (fix === undefined) return undefined;
  if (isRequired(aCase, governed)) return { key, message: 'is empty', fix };
  const before = aCase.request.old?.data.get(key);
  const wasEmptied = entry.sensitive === true && before !== undefined && !before.isEmpty;
  return wasEmptied ? { key, message: 'was emptied', fix: `${fix}, or remove the key` } : undefined;
}
