import { planFor } from '../evaluation/derive.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const underivable: KeyRule = {
  id: 'underivable',
  meaning: 'A derived key is missing, and so is a base key that it would be derived from.',
  example: 'DATABASE_URL and POSTGRES_DB are both missing',
  mend: 'Add the base key that is named, or the derived key itself.',
  check: lacksItsBase,
};

function lacksItsBase(aCase: Case, governed: Governed): Complaint | undefined {
  if (governed.entry.derive === undefined) return undefined;
  const plan = planFor(aCase, governed);
  if (plan.kind !== 'underivable') return undefined;
  const missing = plan.missing.join(', ');
  return { key: governed.key, message: `can not be derived without ${missing}`, fix: `add ${missing}` };
}
