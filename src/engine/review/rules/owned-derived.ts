import { ownerKindOf, placeOfFix } from '../../secret/owners.ts';
import { type Evaluation, isAffected, type ManagedKey } from '../evaluation/evaluation.ts';

/**
 * The fix for a derived key in a Secret that another controller writes. Undefined if lockstep may change the Secret:
 * then it derives the key itself.
 */
export function ownedDerivedFix(
  { request: { secret } }: Evaluation,
  { policy }: ManagedKey,
  verb: 'add' | 'correct',
): string | undefined {
  const owner = ownerKindOf(secret);
  switch (owner?.kind) {
    case undefined:
      return undefined;
    case 'external-secret': {
      const place = verb === 'add' ? 'to' : 'in';
      return `${verb} it ${place} the ExternalSecret's template: ${renderCommand(policy.name)}`;
    }
    case 'sealed-secret':
      return `${verb} it before the Secret is sealed: kubeseal takes the output of lockstep render`;
    case 'other':
      return `${verb} it where ${owner.name} takes it from, because lockstep does not change this Secret`;
  }
}

/** The fix for a stored key that this update leaves alone, because it changed neither the key nor a base key. */
export function untouchedFix(evaluation: Evaluation, key: string): string | undefined {
  const { old, secret } = evaluation.request;
  if (old === undefined || isAffected(evaluation, key)) return undefined;
  return `this write sets no key of it, so nothing is changed: see lockstep heal ${secret.namespace}/${secret.name} --dry-run`;
}

/** The fix for missing base keys in a Secret of another controller. A template computes the derived key from them. */
export function ownedBaseFix(
  { request: { secret } }: Evaluation,
  { key, policy }: ManagedKey,
  missing: string,
): string | undefined {
  const owner = ownerKindOf(secret);
  if (owner === undefined) return undefined;
  if (owner.kind !== 'external-secret') return `add ${missing}${placeOfFix(secret, 'add')}`;
  return `fetch ${missing}, and add ${key} to the ExternalSecret's template: ${renderCommand(policy.name)}`;
}

const renderCommand = (policy: string): string => `lockstep render --external-secret --policy ${policy}`;
