import { placeOfFix } from '../../secret/owners.ts';
import { derivationPlan } from '../derivation/derivation-plan.ts';
import { type Evaluation, isModified, type ManagedKey } from '../evaluation/evaluation.ts';
import { previousKeysOf } from '../evaluation/previous-keys.ts';
import { ownedDerivedFix, untouchedFix } from './owned-derived.ts';
import { realValueFix } from './real-value.ts';
import type { PresenceRule, Violation } from './rule.ts';

export const removed: PresenceRule = {
  id: 'removed',
  meaning:
    'An update removes a sensitive key that had a value. Data that was encrypted with that value would be lost.',
  example: 'an update without PASSWORD_MASTER_KEY, which the stored Secret has',
  remediation:
    'Keep the key with its value. If it must go, add an exception to the policy, or delete the Secret and create it again.',
  final: true,
  check: wasRemoved,
};

function wasRemoved(evaluation: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const before = evaluation.request.old?.data.get(key);
  if (entry.sensitive !== true || evaluation.data.has(key) || before === undefined || before.isEmpty)
    return undefined;
  if (previousKeysOf(evaluation).has(key)) return undefined;
  return {
    key,
    message: 'had a value and was removed',
    fix: `keep it${placeOfFix(evaluation.request.secret, 'add')}, because data may be encrypted with it; an exception in the policy allows the removal`,
  };
}

export const required: PresenceRule = {
  id: 'required',
  meaning:
    'A key that the policy requires is not in the Secret. A key that the policy only recommends is a warning.',
  example: 'JWT_SECRET is missing',
  remediation:
    'Add the key with a real value. In a manifest, `lockstep generate --into FILE` adds the keys that a policy generates. In a Secret of an ExternalSecret, add a derived key to its template: `lockstep render --external-secret`.',
  final: true,
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

export const empty: PresenceRule = {
  id: 'empty',
  meaning:
    'A required key is empty, or a sensitive key that had a value was emptied. An optional key that is empty from the start is a feature switched off.',
  example: 'JWT_SECRET: ""',
  remediation: 'Set a value. To switch an optional feature off, remove the key.',
  final: true,
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

/**
 * The fix for a derived key that has no value. Undefined if it can't be derived: then `underivable` or the invalid base
 * key reports it. If only this request removed the value, an older fault of a base key is no excuse.
 */
function fixFor(evaluation: Evaluation, managedKey: ManagedKey): string | undefined {
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
