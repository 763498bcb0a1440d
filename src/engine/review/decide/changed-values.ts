import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { previousKeysOf } from '../evaluation/previous-keys.ts';
import { type Consent, consentOf } from '../on-change/consent.ts';
import { type ReplacedValue, replacedValues } from '../on-change/replaced-values.ts';
import { changedViolation } from '../rules/changed.ts';
import type { Violation } from '../rules/rule.ts';
import { acceptedValues } from './stored-value.ts';

/**
 * The validating webhook adds this to the time of a consent. The API server waits no longer for one webhook. So a
 * consent that expires between the two refuses nothing that the first one let through.
 */
const GRACE_MS = 30_000;

/** The changed values that were to stay, and the consent to change them. */
export interface ChangedValues {
  readonly values: readonly ReplacedValue[];
  readonly consent: Consent;
}

const NONE: ChangedValues = { values: [], consent: { isGiven: false, ignored: undefined } };

export function changedValuesOf(
  evaluation: Evaluation,
  context: BudgetedContext,
  webhook: 'mutating' | 'validating',
): ChangedValues {
  const { old } = evaluation.request;
  // The API server refuses each change of an immutable Secret itself.
  if (old === undefined || old.immutable) return NONE;
  const values = acceptedValues(evaluation, old, replacedValues(evaluation), context);
  if (values.length === 0) return NONE;
  const graceMs = webhook === 'mutating' ? 0 : GRACE_MS;
  return { values, consent: consentOf(evaluation.request, context.now(), graceMs) };
}

/** The changes that nobody has allowed. */
export function changedViolations(evaluation: Evaluation, context: BudgetedContext): readonly Violation[] {
  const { values, consent } = changedValuesOf(evaluation, context, 'validating');
  if (consent.isGiven) return [];
  return values
    .filter((one) => !isReportedAsMissing(evaluation, one))
    .map(({ managedKey }) => changedViolation(evaluation, managedKey, consent));
}

/** `removed` and `empty` report the loss of a sensitive key, and no consent allows it. */
function isReportedAsMissing(evaluation: Evaluation, { managedKey, storedKey }: ReplacedValue): boolean {
  const { key, entry } = managedKey;
  if (entry.sensitive !== true || key !== storedKey || !evaluation.managedKeys.has(key)) return false;
  const value = evaluation.data.get(key);
  return value === undefined ? !previousKeysOf(evaluation).has(key) : value.isEmpty;
}

/** The keys whose stored value this request changes with consent, for the audit log. */
export function consentedKeys(evaluation: Evaluation, context: BudgetedContext): readonly string[] {
  const { values, consent } = changedValuesOf(evaluation, context, 'validating');
  return consent.isGiven ? values.map(({ managedKey: { key } }) => key) : [];
}
