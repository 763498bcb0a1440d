import type { Case, Governed } from '../case.ts';
import { planFor } from '../derive.ts';
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
  // A derived key that can't be derived is the business of `underivable`, or of the base key that is unfit.
  return planFor(aCase, governed).kind === 'write'
    ? {
        key,
        message: 'is missing',
        fix: 'leave it to lockstep, which derives it where its mutating webhook is called',
      }
    : undefined;
}

export function isRequired(aCase: Case, { entry }: Governed): boolean {
  return (
    entry.required || (entry.requiredWith?.every((name) => aCase.data.get(name)?.isEmpty === false) ?? false)
  );
}
