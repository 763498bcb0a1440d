import { derive } from '../../review/decide/derive.ts';
import { type BudgetedContext, withinBudget } from '../../review/evaluation/budget.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { evaluationOf, type ManagedKey } from '../../review/evaluation/evaluation.ts';
import { isExcepted } from '../../review/evaluation/exceptions.ts';
import {
  derivedSecretNameOf,
  requestsDerivedSecret,
  sourceOfDerivedSecret,
} from '../../review/own-writes/derived-secret-marks.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { hasSameData } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';

const MAX_NAME_LENGTH = 253;

/** The next action for the derived Secret of an owned Secret. */
export type DerivedSecretPlan =
  /** It is correct, or it does not exist and nobody requests one. */
  | { readonly kind: 'leave' }
  /** It must hold these values, and no others. */
  | { readonly kind: 'write'; readonly data: ReadonlyMap<string, Sensitive> }
  /** It belongs to lockstep, and nobody requests it any more. */
  | { readonly kind: 'remove' }
  /** The reason why it can't be written: a sentence for people. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The derived keys of an owned Secret that requests a derived Secret, by its policies. They always follow the template,
 * since nobody else writes them. The annotation is the request, so `heal` doesn't matter here.
 *
 * A key that can't be computed now, because a base key is missing or invalid, stays unchanged. `derivedSecret` is the
 * present Secret of that name.
 */
export function planDerivedSecret(
  { request, matched }: Pick<Permissions, 'request' | 'matched'>,
  derivedSecret: Secret | undefined,
  context: EngineContext,
): DerivedSecretPlan {
  const { secret } = request;
  const isOurs = derivedSecret !== undefined && sourceOfDerivedSecret(derivedSecret) === secret.name;
  if (context.maxAction !== 'Enforce') return LEAVE;
  const isWanted =
    requestsDerivedSecret(secret) &&
    [...storedEvaluation({ request, matched }).managedKeys.values()].some(isDerived);
  if (!isWanted) return isOurs && !derivedSecret.deleting ? { kind: 'remove' } : LEAVE;
  const name = derivedSecretNameOf(secret.name);
  if (name.length > MAX_NAME_LENGTH)
    return refused(`${name} is too long for a name: shorten that of the Secret`);
  if (derivedSecret?.deleting === true) return LEAVE;
  if (derivedSecret !== undefined && !isOurs)
    return refused(
      `Secret ${name} is somebody else's, and is left: delete it, or keep the derived keys there yourself`,
    );
  if (derivedSecret?.immutable === true)
    return refused(`Secret ${name} is immutable: delete it, and lockstep creates it again`);
  const before: Secret['data'] = derivedSecret?.data ?? new Map();
  const data = withinBudget(
    secret,
    context,
    (budgeted) => derivedFrom({ request, matched }, before, budgeted),
    () => before,
  );
  return data.size === 0 || hasSameData(derivedSecret?.data, data) ? LEAVE : { kind: 'write', data };
}

const LEAVE: DerivedSecretPlan = { kind: 'leave' };
const refused = (reason: string): DerivedSecretPlan => ({ kind: 'refused', reason });

const isDerived = ({ entry: { derive, action } }: ManagedKey): boolean =>
  derive !== undefined && action !== 'Audit';

function derivedFrom(
  { request, matched }: Pick<Permissions, 'request' | 'matched'>,
  before: Secret['data'],
  context: BudgetedContext,
): ReadonlyMap<string, Sensitive> {
  const asIs = storedEvaluation({ request, matched });
  const bare = new Map(request.secret.data);
  for (const { key, entry } of asIs.managedKeys.values()) if (entry.derive !== undefined) bare.delete(key);
  const secret = { ...request.secret, data: bare };
  const evaluation = evaluationOf({ ...request, operation: 'CREATE', secret, old: undefined }, matched);
  const wanted = new Set(
    [...evaluation.managedKeys.values()].filter(
      (one) => isDerived(one) && !isExcepted(evaluation, one, context.now()),
    ),
  );
  const { changes } = derive(evaluation, (one) => wanted.has(one), context);
  const computed = new Map(changes.map(({ key, value }) => [key, value]));
  const data = new Map<string, Sensitive>();
  for (const { key } of wanted) {
    const value = computed.get(key) ?? before.get(key);
    if (value !== undefined) data.set(key, value);
  }
  return data;
}
