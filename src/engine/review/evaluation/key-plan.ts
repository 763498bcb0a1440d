import type { KeyEntry, Policy } from '../../policy/policy.ts';
import type { Request } from '../../secret/secret.ts';
import { isConditionMet } from './condition.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { type ManagedKey, type ResolvedKeys, resolveKeys } from './resolve-keys.ts';
import { type UrlPosition, urlPositionsOf } from './url-bindings.ts';

/**
 * Everything about the keys of a Secret that follows from names: from the matched policies and the names of the keys.
 * It holds no value, and Secrets with the same keys share it.
 */
export interface KeyPlan extends Pick<ResolvedKeys, 'managedKeys' | 'byName'> {
  /** The policies that matched, highest precedence first. */
  readonly policies: readonly Policy[];
  /** The names of the keys of the Secret, in its order. */
  readonly keysOfSecret: readonly string[];
  /** The default entry, for all other keys. */
  readonly defaultEntry: { readonly entry: KeyEntry; readonly policy: Policy } | undefined;
  /** The keys that policies name, present or not, then all others of the Secret under the default entry. */
  readonly allKeys: readonly ManagedKey[];
  /** Derived keys, each after its base keys. */
  readonly derivedInOrder: readonly ManagedKey[];
  /** The positions of each base key in the URLs of derived keys. */
  readonly urlPositions: ReadonlyMap<string, readonly UrlPosition[]>;
  /** The base keys of the user and the database of a URL. */
  readonly loginKeys: readonly string[];
}

/** A fact that follows from the plan alone. It is computed when it is asked first, and kept as long as the plan. */
export function factByPlan<Fact>(compute: (plan: KeyPlan) => Fact): (plan: KeyPlan) => Fact {
  const known = new WeakMap<KeyPlan, { readonly fact: Fact }>();
  return (plan) => {
    let one = known.get(plan);
    if (one === undefined) {
      one = { fact: compute(plan) };
      known.set(plan, one);
    }
    return one.fact;
  };
}

/** In characters. Tenants choose the names of keys, so beyond it all plans are dropped. */
const MAX_CACHED_LENGTH = 1024 * 1024;
/** A key of a plan takes as much memory as some such characters. */
const KEY_LENGTH = 32;
/** Keys of a request, before and after. Larger Secrets are rare: their plan is made for each request. */
const MAX_KEYS = 400;

const plans = new Map<string, KeyPlan>();
let cachedLength = 0;

/** The plan for a request. Values decide only whether a condition holds, and between two aliases or two systems. */
export function keyPlanOf(request: Request, policies: readonly Policy[]): KeyPlan {
  const { secret, old } = request;
  if (secret.data.size + (old?.data.size ?? 0) > MAX_KEYS) return compilePlan(request, policies).plan;
  const id = idOf(request, policies);
  const known = plans.get(id);
  if (known?.policies.length === policies.length && policies.every((one, at) => one === known.policies[at]))
    return known;
  const { plan, isByNames } = compilePlan(request, policies);
  if (!isByNames) return plan;
  const length = id.length + plan.allKeys.length * KEY_LENGTH;
  cachedLength += length;
  if (cachedLength > MAX_CACHED_LENGTH) {
    plans.clear();
    cachedLength = length;
  }
  plans.set(id, plan);
  return plan;
}

/** The names of all keys, and whether each condition holds. A condition reads values, and only its answer counts. */
function idOf({ secret, old }: Request, policies: readonly Policy[]): string {
  const answers: boolean[] = [];
  for (const { keys } of policies)
    for (const { when } of keys) if (when !== undefined) answers.push(isConditionMet(when, secret.data));
  return JSON.stringify([[...secret.data.keys()], old && [...old.data.keys()], answers]);
}

function compilePlan(request: Request, policies: readonly Policy[]): { plan: KeyPlan; isByNames: boolean } {
  const { managedKeys, byName, isByNames } = resolveKeys(request, policies);
  const policyWithDefault = policies.find(({ defaultEntry }) => defaultEntry !== undefined);
  const defaultEntry =
    policyWithDefault?.defaultEntry === undefined
      ? undefined
      : { entry: policyWithDefault.defaultEntry, policy: policyWithDefault };
  const allKeys = [...managedKeys.values()];
  if (defaultEntry !== undefined) {
    const { entry, policy } = defaultEntry;
    for (const key of request.secret.data.keys())
      if (!managedKeys.has(key)) allKeys.push({ key, entry, policy });
  }
  const urlPositions = urlPositionsOf({ managedKeys, byName });
  const plan = {
    managedKeys,
    byName,
    policies,
    keysOfSecret: [...request.secret.data.keys()],
    defaultEntry,
    allKeys,
    derivedInOrder: inDependencyOrder(managedKeys.values(), byName).ordered,
    urlPositions,
    loginKeys: [...urlPositions.keys()].filter((key) =>
      urlPositions.get(key)?.some(({ part }) => part === 'user' || part === 'database'),
    ),
  };
  return { plan, isByNames };
}
