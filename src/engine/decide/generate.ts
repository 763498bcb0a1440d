import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change, EngineContext } from '../evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';
import { generateValue } from '../evaluation/generate-value.ts';
import { isRequired } from '../rules/required.ts';
import type { Annotation } from '../secret/kubernetes-names.ts';
import { type Mutation, writeKeys } from './step.ts';

/** The value `true` on a new Secret asks lockstep to generate its missing values. */
export const GENERATE_ANNOTATION = 'lockstep.dev/generate' satisfies Annotation;

/** Step 3: generates the missing values among these keys, if the Secret is new and asks for it. */
export const generate = (
  evaluation: Evaluation,
  keys: Iterable<ManagedKey>,
  context: BudgetedContext,
): Mutation => writeKeys(evaluation, keys, context, (one, key) => generateKey(one, key, context));

function generateKey(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  { random }: EngineContext,
): Change | undefined {
  const { key, entry } = managedKey;
  const { old, secret } = evaluation.request;
  if (
    old !== undefined ||
    secret.annotations.get(GENERATE_ANNOTATION) !== 'true' ||
    entry.generate === undefined
  )
    return undefined;
  const value = evaluation.data.get(key);
  if (value !== undefined && !(value.isEmpty && isRequired(evaluation, managedKey))) return undefined;
  const reason = value === undefined ? 'required' : 'empty';
  return { key, reason, value: generateValue(key, entry.generate, random), warning: undefined };
}
