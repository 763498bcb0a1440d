import { MAX_SECRET_BYTES } from '../../secret/secret.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Change } from '../evaluation/decision.ts';
import { Draft } from '../evaluation/draft.ts';
import { type Evaluation, reevaluate } from '../evaluation/evaluation.ts';
import { changedFix } from '../rules/changed.ts';
import { changedValuesOf } from './changed-values.ts';
import { isMutable } from './mutable-keys.ts';
import type { Mutation } from './step.ts';

/**
 * Restores the stored values that the policy keeps. A value that comes back may fulfil the condition of another entry,
 * so the step runs again until a round finds nothing. It writes each key once, so the loop ends.
 */
export function keep(evaluation: Evaluation, context: BudgetedContext): Mutation {
  let current = evaluation;
  const changes: Change[] = [];
  for (;;) {
    const round = keepOnce(current, new Set(changes.map(({ key }) => key)), context);
    if (round.changes.length === 0) return { evaluation: current, changes };
    changes.push(...round.changes);
    current = reevaluate(round.evaluation);
  }
}

const EFFECT = 'keeps its stored value';

function keepOnce(evaluation: Evaluation, written: ReadonlySet<string>, context: BudgetedContext): Mutation {
  const { values, consent } = changedValuesOf(evaluation, context, 'mutating');
  const draft = new Draft(evaluation);
  if (consent.isGiven) return { evaluation, changes: [] };
  const changes: Change[] = [];
  let room = MAX_SECRET_BYTES;
  for (const value of evaluation.data.values()) room -= value.size;
  for (const { managedKey, value } of values) {
    const { key, entry } = managedKey;
    if (entry.onChange !== 'Keep' || written.has(key) || !isMutable(evaluation, managedKey, context))
      continue;
    const growth = value.size - (draft.evaluation.data.get(key)?.size ?? 0);
    // The validating webhook refuses a write that leaves no room for the stored value.
    if (growth > Math.max(room, 0)) continue;
    room -= growth;
    draft.write(key, value);
    const warning = `${EFFECT} [lockstep/changed]: ${changedFix(evaluation, managedKey, consent)}`;
    changes.push({ key, reason: 'changed', value, effect: EFFECT, warning });
  }
  return { evaluation: draft.evaluation, changes };
}

/** A kept key has one warning: a derived key that follows nothing else has none. */
export function withoutRepeatedWarnings(
  derived: readonly Change[],
  kept: readonly Change[],
): readonly Change[] {
  const keys = new Set(kept.map(({ key }) => key));
  const follows = ({ reason, bases = [] }: Change): boolean =>
    reason === 'mismatch' && bases.length > 0 && bases.every((base) => keys.has(base));
  return derived.map((change) => (follows(change) ? { ...change, warning: undefined } : change));
}

/** The other changes of the step before, where a value that was kept needs no correction. */
export function withoutKept(changes: readonly Change[], kept: readonly Change[]): readonly Change[] {
  const keys = new Set(kept.map(({ key }) => key));
  return changes.filter(({ key }) => !keys.has(key));
}
