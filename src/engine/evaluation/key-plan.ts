import type { Condition, KeyEntry, Policy } from '../policy/policy.ts';
import type { Request, Secret } from '../secret/secret.ts';
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

/**
 * The plan for a request. Values decide only whether a condition holds, and between two aliases or two systems.
 */
export function keyPlanOf(request: Request, policies: readonly Policy[]): KeyPlan {
  const cached = plansOf(policies);
  const answers = answersOf(cached.conditions, request);
  if (isFor(cached.last, request, answers)) return cached.last.plan;
  const id = idOf(request, answers);
  if (id === undefined) return compilePlan(request, policies).plan;
  let plan = cached.plans.get(id);
  if (plan === undefined) {
    const compiled = compilePlan(request, policies);
    plan = compiled.plan;
    if (!compiled.isByNames) return plan;
    keep(cached, id, plan);
  }
  if (keepsKeys(request, plan.keysOfSecret))
    cached.last = { plan, hasOld: request.old !== undefined, answers };
  return plan;
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

/*
 * The cache. Its size is bounded, because tenants choose the names of their keys. It holds policies only weakly, so the
 * plans of a policy are dropped with the policy.
 */

/** Larger Secrets are rare. Their plan is made for each request. */
const MAX_KEYS = 200;
const MAX_ID_LENGTH = 8192;
/** For all plans together. Beyond one of them, all plans are dropped. */
const MAX_CACHED_LISTS = 5000;
const MAX_CACHED_KEYS = 20_000;
const MAX_CACHED_LENGTH = 512 * 1024;

/** The plans for one list of policies, and the way to each longer list. */
interface CachedPlans {
  readonly plans: Map<string, KeyPlan>;
  last: LastPlan | undefined;
  readonly conditions: readonly Condition[];
  readonly longer: WeakMap<Policy, CachedPlans>;
}

/**
 * The plan that was asked for last. It is often the next one too: the other webhook asks for it, and a step that has
 * written. The names are compared one by one, without an ID.
 */
interface LastPlan {
  readonly plan: KeyPlan;
  readonly hasOld: boolean;
  readonly answers: string;
}

const emptyCache = (): CachedPlans => ({
  plans: new Map(),
  last: undefined,
  conditions: [],
  longer: new WeakMap(),
});

let root = emptyCache();
let cachedLists = 0;
let cachedKeys = 0;
let cachedLength = 0;

function plansOf(policies: readonly Policy[]): CachedPlans {
  if (cachedLists > MAX_CACHED_LISTS) clear();
  let node = root;
  for (const policy of policies) {
    let next = node.longer.get(policy);
    if (next === undefined) {
      cachedLists += 1;
      const own = policy.keys.flatMap(({ when }) => when ?? []);
      next = { ...emptyCache(), conditions: [...node.conditions, ...own] };
      node.longer.set(policy, next);
    }
    node = next;
  }
  return node;
}

function keep({ plans }: CachedPlans, id: string, plan: KeyPlan): void {
  cachedKeys += plan.allKeys.length;
  cachedLength += id.length;
  if (cachedKeys > MAX_CACHED_KEYS || cachedLength > MAX_CACHED_LENGTH) clear();
  else plans.set(id, plan);
}

function clear(): void {
  root = emptyCache();
  cachedLists = 0;
  cachedKeys = 0;
  cachedLength = 0;
}

function isFor(last: LastPlan | undefined, request: Request, answers: string): last is LastPlan {
  return (
    last !== undefined &&
    last.answers === answers &&
    last.hasOld === (request.old !== undefined) &&
    hasKeys(request.secret.data, last.plan.keysOfSecret) &&
    keepsKeys(request, last.plan.keysOfSecret)
  );
}

/** The write neither adds nor removes a key. Nearly every update is one. */
const keepsKeys = ({ old }: Request, keys: readonly string[]): boolean =>
  old === undefined || hasKeys(old.data, keys);

/** In this order. */
function hasKeys(data: Secret['data'], keys: readonly string[]): boolean {
  if (data.size !== keys.length) return false;
  let at = 0;
  for (const key of data.keys()) {
    if (key !== keys[at]) return false;
    at += 1;
  }
  return true;
}

/** Whether each condition holds. A condition reads values, and only its answer is part of the ID. */
function answersOf(conditions: readonly Condition[], { secret }: Request): string {
  let answers = '';
  for (const condition of conditions) answers += isConditionMet(condition, secret.data) ? '1' : '0';
  return answers;
}

/** No name of a key that the API server accepts holds one of them. */
const AFTER_KEY = '\n';
const AFTER_KEYS = '\r';

/**
 * The names of all keys, and the answers of the conditions. Undefined for a Secret whose plan is not kept.
 */
function idOf({ secret, old }: Request, answers: string): string | undefined {
  const keys = joinedKeys(secret.data);
  const oldKeys = old === undefined ? '' : joinedKeys(old.data);
  if (keys === undefined || oldKeys === undefined) return undefined;
  const id = `${keys}${AFTER_KEYS}${oldKeys === keys ? '=' : oldKeys}${AFTER_KEYS}${answers}`;
  return id.length > MAX_ID_LENGTH ? undefined : id;
}

function joinedKeys(data: Secret['data']): string | undefined {
  if (data.size > MAX_KEYS) return undefined;
  let joined = '';
  for (const key of data.keys()) {
    if (key.includes(AFTER_KEY) || key.includes(AFTER_KEYS)) return undefined;
    joined += key + AFTER_KEY;
  }
  return joined;
}
