import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import { Draft } from '../evaluation/draft.ts';
import type { Evaluation, ManagedKey } from '../evaluation/evaluation.ts';

/** The result of a step that writes: the evaluation with its writes, and the written keys. */
export interface Mutation {
  readonly evaluation: Evaluation;
  readonly changes: readonly Change[];
}

/** Decides about one key. It sees the writes to the keys before it. */
export type KeyStep = (
  evaluation: Evaluation,
  managedKey: ManagedKey,
  context: BudgetedContext,
) => Change | undefined;

/** Runs a step over these keys, in their order. */
export function writeKeys(
  evaluation: Evaluation,
  keys: Iterable<ManagedKey>,
  context: BudgetedContext,
  step: KeyStep,
): Mutation {
  const draft = new Draft(evaluation);
  const changes: Change[] = [];
  for (const managedKey of keys) {
    context.budget.spend(draft.evaluation.data.get(managedKey.key)?.size);
    const change = step(draft.evaluation, managedKey, context);
    if (change === undefined) continue;
    draft.write(change.key, change.value);
    changes.push(change);
  }
  return { evaluation: draft.evaluation, changes };
}

/** One change for each key: the last written value, with the first reason. */
export function mergeChanges(changes: readonly Change[]): readonly Change[] {
  if (changes.length < 2) return changes;
  const byKey = new Map<string, Change>();
  for (const change of changes) {
    const first = byKey.get(change.key);
    const warning = [first?.warning, change.warning].filter((text) => text !== undefined).join('; ');
    byKey.set(change.key, {
      ...change,
      effect: first === undefined ? change.effect : `${first.effect}; ${change.effect}`,
      reason: first?.reason ?? change.reason,
      warning: warning === '' ? undefined : warning,
    });
  }
  return [...byKey.values()];
}
