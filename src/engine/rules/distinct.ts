import { placeholderMatchOf, sensitiveKeysOf } from '../derivation/placeholder-match.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { factByPlan, type KeyPlan } from '../evaluation/key-plan.ts';
import { Sensitive } from '../secret/sensitive.ts';
import { realValueFix } from './real-value.ts';
import type { SecretRule, Violation } from './rule.ts';

export const distinct: SecretRule = {
  id: 'distinct',
  meaning:
    'Two sensitive keys hold the same value. A leak of one is a leak of both, and neither can be rotated alone.',
  example: 'JWT_SECRET and JWT_REFRESH_SECRET are the same',
  remediation: 'Generate a value of its own for each key.',
  check: sharedValues,
};

function sharedValues(evaluation: Evaluation, { budget }: BudgetedContext): readonly Violation[] {
  const { data, managedKeys } = evaluation;
  const compared: [string, Sensitive][] = [];
  for (const key of comparedKeys(evaluation.plan)) {
    const value = data.get(key);
    if (value === undefined || value.isEmpty) continue;
    if (value.size >= MIN_UNNAMED_BYTES || managedKeys.has(key)) compared.push([key, value]);
  }
  const isPlaceholder = (key: string): boolean => placeholderMatchOf(evaluation, key) !== undefined;
  return Sensitive.sameValues(compared).flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const isFirstPlaceholder = isPlaceholder(first);
    return others.flatMap((key) => {
      budget.spend();
      // The other rule reports both. A value that only one of the keys must not have is still shared.
      if (isFirstPlaceholder && isPlaceholder(key)) return [];
      return violationFor(evaluation, first, key) ?? [];
    });
  });
}

/** `NUM_TOKENS: 10`: shorter values of keys that no policy names are settings. */
const MIN_UNNAMED_BYTES = 8;

/** The keys whose values must differ from each other, in the order of the Secret. */
const comparedKeys = factByPlan<readonly string[]>((plan) =>
  plan.keysOfSecret.filter((key) => mustBeDistinct(plan, key)),
);

function mustBeDistinct(plan: KeyPlan, key: string): boolean {
  const entry = plan.managedKeys.get(key)?.entry;
  if (entry === undefined) return plan.defaultEntry !== undefined && sensitiveKeysOf(plan).has(key);
  return (entry.sensitive === true && entry.derive === undefined) || entry.distinctFrom.length > 0;
}

function violationFor(evaluation: Evaluation, a: string, b: string): Violation | undefined {
  if (isSameKey(evaluation, a, b)) return undefined;
  // The key that names the other is the one to change. If neither does, it is the later one.
  const [key, other] = namesOther(evaluation.managedKeys.get(a), evaluation.managedKeys.get(b))
    ? [a, b]
    : [b, a];
  const entry = evaluation.managedKeys.get(key)?.entry;
  const instruction = 'generate a value of its own';
  const fix = entry === undefined ? instruction : realValueFix(evaluation, { key, entry }, instruction);
  return { key, other, message: `has the same value as ${other}`, fix };
}

const namesOther = (one: ManagedKey | undefined, other: ManagedKey | undefined): boolean =>
  other !== undefined && (one?.entry.distinctFrom.includes(other.entry.name) ?? false);

/** Two aliases of one key may be equal. So may a key and its previous key. */
function isSameKey({ managedKeys }: Evaluation, a: string, b: string): boolean {
  const covers = (one: string, other: string): boolean => {
    const entry = managedKeys.get(one)?.entry;
    return (
      entry !== undefined &&
      (entry.rotate?.previousKey === other || entry.name === other || entry.aliases.includes(other))
    );
  };
  return covers(a, b) || covers(b, a);
}
