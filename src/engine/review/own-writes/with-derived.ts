import type { Finding } from '../../secret/finding/finding.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { derive } from '../decide/derive.ts';
import type { Mutation } from '../decide/step.ts';
import { withinBudget } from '../evaluation/budget.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import {
  type Evaluation,
  evaluationOf,
  keyByName,
  type ManagedKey,
  reevaluate,
} from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { previousKeysOf } from '../evaluation/previous-keys.ts';
import { Baseline, refusalsOf } from './new-denials.ts';
import { type Permissions, storedEvaluation } from './permissions.ts';

export interface KeyEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
  /** Derived keys that stay as they are, whatever the policies say. */
  readonly keep?: ReadonlySet<string>;
}

export interface DerivedEdit extends KeyEdit {
  /** The reasons for which the edit must not be written. */
  readonly refusals: readonly Finding[];
}

/**
 * The edit, extended by the derived keys that follow it, because no webhook sees lockstep's own writes.
 *
 * `refusals` are the reasons for which the webhook would refuse the same write of a user. If there are any, the edit
 * must not be written. The rules don't check the keys in `exemptKeys`, which hold the value of another key for a time.
 * A caller with several edits of the same Secret passes one `baseline`.
 */
export function withDerivedKeys(
  permissions: Permissions,
  { set, remove, keep }: KeyEdit,
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
  baseline: Baseline = new Baseline(permissions),
): DerivedEdit {
  const { request, matched } = permissions;
  const data = new Map(request.secret.data);
  for (const key of remove) data.delete(key);
  for (const [key, value] of set) data.set(key, value);
  const evaluation = evaluationOf({ ...request, secret: { ...request.secret, data } }, matched);
  const changed = new Set([...set.keys(), ...remove]);
  const derivedKeys = derivedKeysOf(evaluation, changed, keep ?? new Set(), context.now());
  const derived = withinBudget<Mutation>(
    { data },
    context,
    (budgeted) => derive(evaluation, (one) => derivedKeys.has(one), budgeted),
    () => ({ evaluation, changes: [] }),
  );
  return {
    set: new Map([...set, ...derived.changes.map(({ key, value }) => [key, value] as const)]),
    remove,
    refusals: refusalsOf(permissions, reevaluate(derived.evaluation), exemptKeys, context, baseline),
  };
}

/** The previous keys of rotated keys. */
export const previousValueKeys = (permissions: Permissions): ReadonlySet<string> =>
  previousKeysOf(storedEvaluation(permissions));

/** Derived keys whose template names one of these keys, directly or by another derived key. */
function derivedKeysOf(
  evaluation: Evaluation,
  changed: ReadonlySet<string>,
  keep: ReadonlySet<string>,
  now: Date,
): ReadonlySet<ManagedKey> {
  const changing = new Set(changed);
  const derivedKeys = new Set<ManagedKey>();
  for (const managedKey of evaluation.plan.derivedInOrder) {
    if (keep.has(managedKey.key)) continue;
    const baseNames = managedKey.entry.derive?.baseNames ?? [];
    if (!baseNames.some((name) => changing.has(keyByName(evaluation, name)))) continue;
    if (managedKey.entry.action === 'Audit' || isExcepted(evaluation, managedKey, now)) continue;
    changing.add(managedKey.key);
    derivedKeys.add(managedKey);
  }
  return derivedKeys;
}
