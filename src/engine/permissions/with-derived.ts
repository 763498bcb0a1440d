import { derive } from '../decide/derive.ts';
import type { Mutation } from '../decide/step.ts';
import { findingsOf } from '../decide/validate.ts';
import { type BudgetedContext, withinBudget } from '../evaluation/budget.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { inDependencyOrder } from '../evaluation/dependency-order.ts';
import {
  type Evaluation,
  evaluationOf,
  keyByName,
  type ManagedKey,
  reevaluate,
} from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { denies, type Finding } from '../finding/finding.ts';
import { tooLargeFinding } from '../rules/too-large.ts';
import type { Secret } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { Permissions } from './permissions.ts';

export interface KeyEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/**
 * The edit, extended by the derived keys that follow it, because no webhook sees lockstep's own writes.
 *
 * `refusals` are the reasons for which the webhook would refuse the same write of a user. If there are any, the edit
 * must not be written. The rules don't check the keys in `moved`, which hold the value of another key for a time. A
 * Secret that exceeds the budget is refused.
 */
export function withDerivedKeys(
  permissions: Permissions,
  { set, remove }: KeyEdit,
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { request, matched } = permissions;
  const data = new Map(request.secret.data);
  for (const key of remove) data.delete(key);
  for (const [key, value] of set) data.set(key, value);
  const evaluation = evaluationOf({ ...request, secret: { ...request.secret, data } }, matched);
  const derivedKeys = derivedKeysOf(evaluation, new Set([...set.keys(), ...remove]), context.now());
  const derived = withinBudget<Mutation>(
    { data },
    context,
    (budgeted) => derive(evaluation, derivedKeys, budgeted),
    () => ({ evaluation, changes: [] }),
  );
  return {
    set: new Map([...set, ...derived.changes.map(({ key, value }) => [key, value] as const)]),
    remove,
    refusals: newDenials(permissions, reevaluate(derived.evaluation), exemptKeys, context),
  };
}

/** The denials for a Secret that holds `data`, without those for the data that it holds now. `moved` as above. */
export function newDenialsFor(
  permissions: Permissions,
  data: Secret['data'],
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
): readonly Finding[] {
  const { request, matched } = permissions;
  const after = evaluationOf({ ...request, secret: { ...request.secret, data } }, matched);
  return newDenials(permissions, after, exemptKeys, context);
}

function newDenials(
  { request, matched }: Permissions,
  after: Evaluation,
  exemptKeys: ReadonlySet<string>,
  context: EngineContext,
): readonly Finding[] {
  const denials = (evaluation: Evaluation, budgeted: BudgetedContext): readonly Finding[] =>
    findingsOf(evaluation, budgeted).filter(denies);
  return withinBudget(
    after,
    context,
    (budgeted) => {
      const before = new Set(denials(evaluationOf(request, matched), budgeted).map(findingKey));
      return denials(after, budgeted).filter(
        (one) => !before.has(findingKey(one)) && !exemptKeys.has(one.key),
      );
    },
    (limit) => [tooLargeFinding(request, matched, limit, context)],
  );
}

/** The previous keys of rotated keys. */
export function previousValueKeys({ request, matched }: Permissions): ReadonlySet<string> {
  const evaluation = evaluationOf(request, matched);
  const names = [...evaluation.managedKeys.values()].flatMap(({ entry }) => entry.rotate?.previousKey ?? []);
  return new Set(names.map((name) => keyByName(evaluation, name)));
}

const findingKey = ({ rule, key }: Finding): string => `${rule} ${key}`;

/** Derived keys whose template names one of these keys, directly or by another derived key. */
function derivedKeysOf(
  evaluation: Evaluation,
  changed: ReadonlySet<string>,
  now: Date,
): ReadonlySet<ManagedKey> {
  const changing = new Set(changed);
  const derivedKeys = new Set<ManagedKey>();
  for (const managedKey of inDependencyOrder(evaluation.managedKeys.values(), evaluation.byName).ordered) {
    const references = managedKey.entry.derive?.template.references ?? [];
    if (!references.some(({ name }) => changing.has(keyByName(evaluation, name)))) continue;
    if (managedKey.entry.action === 'Audit' || isExcepted(evaluation, managedKey, now)) continue;
    changing.add(managedKey.key);
    derivedKeys.add(managedKey);
  }
  return derivedKeys;
}
