import type { KeyEntry } from '../../policy/policy.ts';
import type { Secret } from '../../secret/secret.ts';
import { type BudgetedContext, exceedsLimits } from '../evaluation/budget.ts';
import { type Evaluation, evaluationOf } from '../evaluation/evaluation.ts';
import type { ReplacedValue } from '../on-change/replaced-values.ts';
import { secretRules, valueRules } from '../rules/registry.ts';
import type { RuleText, Violation } from '../rules/rule.ts';
import { isOnlyWarned } from './warned-rules.ts';

/**
 * The stored values that their policies accept, if the stored Secret were created today. One that a policy refuses may
 * always be replaced, whatever the action of the policy is.
 */
export function acceptedValues(
  { request, policies }: Evaluation,
  old: Secret,
  values: readonly ReplacedValue[],
  context: BudgetedContext,
): readonly ReplacedValue[] {
  if (values.length === 0 || exceedsLimits(old)) return [];
  const stored = evaluationOf({ ...request, operation: 'CREATE', secret: old, old: undefined }, policies);
  const aboutSecret = violationsOfSecret(stored, context);
  return values.filter((one) => {
    const { storedKey, value, managedKey } = one;
    context.budget.spend(value.size);
    if (old.undecoded?.has(storedKey) === true) return false;
    return ![...violationsOfValue(stored, one), ...aboutSecret].some(
      ({ rule, violation }) =>
        (violation.key === storedKey || violation.other === storedKey) &&
        refuses(rule, violation, managedKey.entry),
    );
  });
}

interface Broken {
  readonly rule: RuleText;
  readonly violation: Violation;
}

const violationsOfValue = (
  stored: Evaluation,
  { storedKey, value, managedKey }: ReplacedValue,
): readonly Broken[] =>
  valueRules.flatMap((rule) => {
    const found = rule.check(stored, { ...managedKey, key: storedKey }, value) ?? [];
    return ('key' in found ? [found] : found).map((violation) => ({ rule, violation }));
  });

function violationsOfSecret(stored: Evaluation, context: BudgetedContext): readonly Broken[] {
  return secretRules.flatMap((rule) =>
    [...rule.check(stored, context)].map((violation) => {
      context.budget.spend();
      return { rule, violation };
    }),
  );
}

/** A finding about several keys says nothing about one of them. */
const refuses = ({ id, maxAction }: RuleText, violation: Violation, entry: KeyEntry): boolean =>
  violation.aboutSecret === undefined &&
  isStrongest(maxAction) &&
  isStrongest(violation.maxAction) &&
  isStrongest(violation.action) &&
  !isOnlyWarned(entry, id);

const isStrongest = (action: Violation['action']): boolean => action === undefined || action === 'Enforce';
