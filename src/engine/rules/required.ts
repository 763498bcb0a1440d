import { derivationPlan } from '../evaluation/derivation/derivation-plan.ts';
import { type Evaluation, isModified, type ManagedKey } from '../evaluation/evaluation.ts';
import { placeOfFix } from '../secret/owners.ts';
import { ownedDerivedFix, untouchedFix } from './derivation/owned-derived.ts';
import { realValueFix } from './real-value.ts';
import { KEY_STATE, type KeyRule, type Violation } from './rule.ts';

export const required: KeyRule = {
  id: 'required',
  meaning:
    'A key that the policy requires is not in the Secret. A key that the policy only recommends is a warning.',
  example: 'JWT_SECRET is missing',
  remediation:
    'Add the key with a real value. In a manifest, `lockstep generate --into FILE` adds the keys that a policy generates. In a Secret of an ExternalSecret, add a derived key to its template: `lockstep render --external-secret`.',
  final: true,
  states: KEY_STATE.absent,
  concerns: ({ entry }) => entry.required || entry.recommended || entry.requiredWith !== undefined,
  check: isMissing,
};

function isMissing(evaluation: Evaluation, managedKey: ManagedKey): Violation | undefined {
  const { key, entry } = managedKey;
  if (evaluation.data.has(key)) return undefined;
  if (!isRequired(evaluation, managedKey))
    return entry.recommended ? recommendation(evaluation, managedKey) : undefined;
  if (entry.derive === undefined)
    return { key, message: 'is missing', fix: realValueFix(evaluation, managedKey, 'add it', 'add') };
  const fix = fixFor(evaluation, managedKey);
  return fix === undefined ? undefined : { key, message: 'is missing', fix };
}

const recommendation = (evaluation: Evaluation, managedKey: ManagedKey): Violation => ({
  key: managedKey.key,
  message: 'is missing, and its policy recommends it',
  fix: realValueFix(evaluation, managedKey, 'add it', 'add'),
  maxAction: 'Warn',
});

/**
 * The fix for a derived key that has no value. Undefined if it can't be derived: then `underivable` or the invalid base
 * key reports it. If only this request removed the value, an older fault of a base key is no excuse.
 */
export function fixFor(evaluation: Evaluation, managedKey: ManagedKey): string | undefined {
  const plan = derivationPlan(evaluation, managedKey);
  const ownedFix = plan.kind === 'write' ? ownedDerivedFix(evaluation, managedKey, 'add') : undefined;
  if (ownedFix !== undefined) return ownedFix;
  if (plan.kind === 'write' && managedKey.entry.action === 'Audit')
    return `set it from ${plan.bases.join(', ')}: by action: Audit lockstep does not`;
  if (plan.kind === 'write')
    return (
      untouchedFix(evaluation, managedKey.key) ??
      'leave it to lockstep, which derives it where its mutating webhook is called'
    );
  const before = evaluation.request.old?.data.get(managedKey.key);
  const wasTaken = before !== undefined && !before.isEmpty;
  if (plan.kind !== 'blocked' || !wasTaken || plan.by.some((key) => isModified(evaluation, key)))
    return undefined;
  return `keep it, or set a real value for ${plan.by.join(', ')}${placeOfFix(evaluation.request.secret)}`;
}

export function isRequired(evaluation: Evaluation, { entry }: ManagedKey): boolean {
  return (
    entry.required ||
    (entry.requiredWith?.every((name) => evaluation.data.get(name)?.isEmpty === false) ?? false)
  );
}
