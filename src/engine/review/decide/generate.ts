import type { Annotation } from '../../secret/kubernetes/kubernetes-names.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { isRequired } from '../rules/presence.ts';
import { generateValue } from './generate-value.ts';
import { isMutable } from './mutable-keys.ts';
import { type Mutation, writeKeys } from './step.ts';

/** The value `true` on a new Secret asks lockstep to generate its missing values. */
export const GENERATE_ANNOTATION = 'lockstep.dev/generate' satisfies Annotation;

/** Step 3: generates the missing values, if the Secret is new and asks for it. */
export function generate(evaluation: Evaluation, context: BudgetedContext): Mutation {
  const { old, secret } = evaluation.request;
  return old !== undefined || secret.annotations.get(GENERATE_ANNOTATION) !== 'true'
    ? { evaluation, changes: [] }
    : writeKeys(evaluation, evaluation.managedKeys.values(), context, generateKey);
}

function generateKey(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  context: BudgetedContext,
): Change | undefined {
  const { key, entry } = managedKey;
  if (entry.generate === undefined) return undefined;
  const value = evaluation.data.get(key);
  if (value !== undefined && !(value.isEmpty && isRequired(evaluation, managedKey))) return undefined;
  if (!isMutable(evaluation, managedKey, context)) return undefined;
  const reason = value === undefined ? 'required' : 'empty';
  const effect = 'generated';
  const warning = `${value === undefined ? 'was missing, and was added' : 'was empty'}: ${effect}`;
  return { key, reason, value: generateValue(key, entry.generate, context.random), effect, warning };
}
