import { derivationPlan } from '../../derivation/derivation-plan.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { ownedBaseFix } from '../owned-derived.ts';
import type { PresenceRule, Violation } from '../rule.ts';
import { isAddressOnly } from './address.ts';

export const underivable: PresenceRule = {
  id: 'underivable',
  meaning: 'A derived key is missing, and so is a base key that it would be derived from.',
  example: 'DATABASE_URL and POSTGRES_DB are both missing',
  remediation:
    'Add the base key that is named, or the derived key itself. In a Secret of an ExternalSecret, add the derived key to its template: `lockstep render --external-secret`.',
  check: lacksItsBase,
};

function lacksItsBase(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  if (managedKey.entry.derive === undefined) return undefined;
  const hasValue = evaluation.data.get(managedKey.key)?.isEmpty === false;
  // `invalid-uri` reports any other value.
  if (hasValue && !isAddressOnly(evaluation, managedKey)) return undefined;
  const plan = derivationPlan(evaluation, managedKey);
  if (plan.kind !== 'underivable') return undefined;
  const missing = plan.missing.join(', ');
  const { key } = managedKey;
  return {
    key,
    message: `can not be derived without ${missing}`,
    fix: ownedBaseFix(evaluation, managedKey, missing) ?? `add ${missing}`,
  };
}
