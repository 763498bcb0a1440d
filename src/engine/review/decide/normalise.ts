import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import { type Evaluation, isModified, type ManagedKey, reevaluate } from '../evaluation/evaluation.ts';
import { inputArtifactOf } from '../evaluation/input-artifact.ts';
import { isMutable } from './mutable-keys.ts';
import { type Mutation, writeKeys } from './step.ts';

/** Step 2: removes accidents of typing and encoding from the values, until a round finds none. */
export function normalise(evaluation: Evaluation, context: BudgetedContext): Mutation {
  let current = evaluation;
  const changes: Change[] = [];
  // A URL that becomes readable in one round may add one more key. Every round shortens a value, so the loop ends.
  for (;;) {
    const round = writeKeys(current, current.managedKeys.values(), context, normaliseKey);
    if (round.changes.length === 0) return { evaluation: current, changes };
    changes.push(...round.changes);
    current = reevaluate(round.evaluation);
  }
}

const DESCRIPTIONS = {
  'trailing-newline': 'a newline at its end was cut off',
  quoted: 'the quotes around it were removed',
  whitespace: 'the blanks around it were removed',
  'double-base64': 'it was base64 inside base64, and was decoded',
};

/** Only values that this request set: a value that has worked for years may be quoted on purpose. */
function normaliseKey(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  context: BudgetedContext,
): Change | undefined {
  const { key, entry } = managedKey;
  const value = evaluation.data.get(key);
  if (value === undefined || !isModified(evaluation, key)) return undefined;
  const artifact = inputArtifactOf(value, entry.derive !== undefined);
  if (artifact === undefined || !isMutable(evaluation, managedKey, context)) return undefined;
  const { rule, corrected } = artifact;
  const effect = DESCRIPTIONS[rule];
  return { key, reason: rule, value: corrected, effect, warning: `${effect} [lockstep/${rule}]` };
}
