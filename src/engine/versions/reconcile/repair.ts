import { derive } from '../../review/decide/derive.ts';
import { type BudgetedContext, withinBudget } from '../../review/evaluation/budget.ts';
import type { Change, EngineContext } from '../../review/evaluation/decision.ts';
import { type Evaluation, type ManagedKey, reevaluate } from '../../review/evaluation/evaluation.ts';
import { isExcepted } from '../../review/evaluation/exceptions.ts';
import { Baseline } from '../../review/own-writes/new-denials.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import type { SecretRecord } from '../../secret/record/record.ts';
import { hasDrifted } from './drift.ts';

/**
 * The derived keys of a stored Secret that the controller corrects, with their new values. Base keys stay unchanged. So
 * do keys with an exception or with `action: Audit`.
 *
 * There are no changes if they would add a reason to refuse the Secret. `record` is undefined if it is unknown, and
 * then no key has drifted.
 */
export function healingChanges(
  permissions: Permissions,
  record: Pick<SecretRecord, 'inSyncKeys' | 'versions'> | undefined,
  context: EngineContext,
  baseline: Baseline = new Baseline(permissions),
): readonly Change[] {
  if (!permissions.mayHeal) return [];
  return correctionsFor(withHistory(permissions, record), context, baseline, (evaluation, managedKey) =>
    shouldHeal(evaluation, managedKey, record),
  );
}

/** A URL with an earlier name of the user is of the same account. */
function withHistory(
  permissions: Permissions,
  record: Pick<SecretRecord, 'versions'> | undefined,
): Permissions {
  const earlierData = (record?.versions ?? []).flatMap(({ data }) => data ?? []);
  return earlierData.length === 0
    ? permissions
    : { ...permissions, request: { ...permissions.request, earlierData } };
}

/**
 * The same for every derived key, whatever `heal` and the maximum action say. A person who has seen the plan requests
 * them.
 */
export const requestedCorrections = (permissions: Permissions, context: EngineContext): readonly Change[] =>
  permissions.isChangeable ? correctionsFor(permissions, context, new Baseline(permissions), () => true) : [];

function shouldHeal(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  record: Pick<SecretRecord, 'inSyncKeys' | 'versions'> | undefined,
): boolean {
  switch (managedKey.policy.heal) {
    case 'Off':
      return false;
    case 'Drift':
      return record !== undefined && hasDrifted(evaluation, managedKey, record);
    case 'Always':
      return true;
  }
}

const correctionsFor = (
  permissions: Permissions,
  context: EngineContext,
  baseline: Baseline,
  isSelected: (evaluation: Evaluation, managedKey: ManagedKey) => boolean,
): readonly Change[] =>
  withinBudget(
    permissions.request.secret,
    context,
    (budgeted) => correctionsWithin(permissions, budgeted, baseline, isSelected),
    () => [],
  );

function correctionsWithin(
  permissions: Permissions,
  context: BudgetedContext,
  baseline: Baseline,
  isSelected: (evaluation: Evaluation, managedKey: ManagedKey) => boolean,
): readonly Change[] {
  const evaluation = storedEvaluation(permissions);
  const isHealed = (one: ManagedKey): boolean =>
    one.entry.action !== 'Audit' &&
    !isExcepted(evaluation, one, context.now()) &&
    isSelected(evaluation, one);
  const healed = derive(evaluation, isHealed, context);
  if (healed.changes.length === 0) return [];
  return baseline.newFaults(reevaluate(healed.evaluation), context).length === 0 ? healed.changes : [];
}
