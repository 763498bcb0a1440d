import { planFor } from '../evaluation/derive.ts';
import { type Case, type Governed, isSet } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';
import { generator } from './suggest.ts';

export const required: KeyRule = {
  id: 'required',
  meaning: 'A key that the policy requires is not in the Secret.',
  example: 'JWT_SECRET is missing',
  mend: 'Add the key with a real value.',
  final: true,
  check: isMissing,
};

function isMissing(aCase: Case, governed: Governed): Complaint | undefined {
  const { key, entry } = governed;
  if (aCase.data.has(key) || !isRequired(aCase, governed)) return undefined;
  if (entry.derive === undefined)
    return { key, message: 'is missing', fix: `add it${generator(entry, ', e.g. ')}` };
  const fix = fixFor(aCase, governed);
  return fix === undefined ? undefined : { key, message: 'is missing', fix };
}

/**
 * What to do about a derived key that has no value. Undefined where it can't be derived: that is the business of `underivable`, or of the base
 * key that is unfit; but if only this request took the value away, a base key that was unfit before is no excuse.
 */
export function fixFor(aCase: Case, governed: Governed): string | undefined {
  const plan = planFor(aCase, governed);
  if (plan.kind === 'write' && governed.entry.action === 'Audit')
    return `set it from ${plan.bases.join(', ')}: by action: Audit lockstep does not`;
  if (plan.kind === 'write')
    return 'leave it to lockstep, which derives it where its mutating webhook is called';
  const before = aCase.request.old?.data.get(governed.key);
  const wasTaken = before !== undefined && !before.isEmpty;
  if (plan.kind !== 'blocked' || !wasTaken || plan.by.some((key) => isSet(aCase, key))) return undefined;
  return `keep it, or set a real value for ${plan.by.join(', ')}`;
}

export function isRequired(aCase: Case, { entry }: Governed): boolean {
  return (
    entry.required || (entry.requiredWith?.every((name) => aCase.data.get(name)?.isEmpty === false) ?? false)
  );
}
