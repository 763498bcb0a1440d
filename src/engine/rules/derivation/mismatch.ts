import { derivationPlan } from '../../evaluation/derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { KEY_STATE, type KeyRule, type Violation } from '../rule.ts';
import { ownedDerivedFix } from './owned-derived.ts';

export const mismatch: KeyRule = {
  id: 'mismatch',
  meaning: 'A derived key does not agree with the base keys that it is derived from.',
  example: 'POSTGRES_PASSWORD was changed, the password in DATABASE_URL was not',
  remediation:
    'Remove the derived key from the manifest: lockstep derives it. To change a part of it, change its base key. If another controller writes the Secret, correct the key there.',
  states: KEY_STATE.absent | KEY_STATE.empty | KEY_STATE.filled,
  concerns: ({ entry }) => entry.derive !== undefined,
  check: disagrees,
};

function disagrees(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  if (managedKey.entry.derive === undefined) return undefined;
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'write' || plan.reason !== 'mismatch') return undefined;
  const parts =
    plan.parts.length > 0
      ? `has another ${plan.parts.join(', ')} than ${plan.bases.join(', ')}`
      : `does not follow ${plan.bases.join(', ')}`;
  const fix = managedKey.entry.action === 'Audit' ? CORRECT_BY_HAND : REMOVE_FROM_MANIFEST;
  return {
    key: managedKey.key,
    message: parts,
    fix: ownedDerivedFix(evaluation, managedKey, 'correct') ?? fix,
  };
}

const REMOVE_FROM_MANIFEST = 'remove it from the manifest, and lockstep derives it';
const CORRECT_BY_HAND = 'correct it, because lockstep corrects nothing with action: Audit';
