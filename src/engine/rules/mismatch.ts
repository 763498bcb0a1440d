import { planFor } from '../evaluation/derive.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { isOwned } from '../secret/owners.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const mismatch: KeyRule = {
  id: 'mismatch',
  meaning: 'A derived key does not agree with the base keys that it is derived from.',
  example: 'POSTGRES_PASSWORD was changed, the password in DATABASE_URL was not',
  mend: 'Remove the derived key from the manifest: lockstep derives it. To change a part of it, change its base key.',
  check: disagrees,
};

function disagrees(aCase: Case, governed: Governed): Complaint | undefined {
  if (governed.entry.derive === undefined) return undefined;
  const plan = planFor(aCase, governed);
  if (plan.kind !== 'write' || plan.reason !== 'mismatch') return undefined;
  const parts =
    plan.parts.length > 0
      ? `has another ${plan.parts.join(', ')} than ${plan.bases.join(', ')}`
      : `does not follow ${plan.bases.join(', ')}`;
  const isOthers = isOwned(aCase.request.secret) && !governed.policy.mutateOwned;
  const fix = governed.entry.action === 'Audit' ? CORRECT_IT : LEAVE_IT_OUT;
  return { key: governed.key, message: parts, fix: isOthers ? MEND_AT_SOURCE : fix };
}

const LEAVE_IT_OUT = 'remove it from the manifest, and lockstep derives it';
const CORRECT_IT = 'correct it: by action: Audit lockstep does not';
const MEND_AT_SOURCE =
  'mend it where it comes from: another controller owns this Secret, so lockstep does not change it';
