import type { KeyEntry, Policy } from '../../policy/policy.ts';
import type { Request } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { Facts } from './facts-by-key.ts';
import { type KeyPlan, keyPlanOf } from './key-plan.ts';
import type { ManagedKey } from './resolve-keys.ts';
import { UrlBindings } from './url-bindings.ts';

export type { ManagedKey } from './resolve-keys.ts';
export type { UrlBinding } from './url-bindings.ts';

/**
 * A request together with the policies that apply to it: the input of all steps and rules. It never changes, but for
 * the data of a `Draft` while its step runs.
 */
export interface Evaluation {
  readonly request: Request;
  /** The policies that matched, highest precedence first. */
  readonly policies: readonly Policy[];
  /** The present values: those of the request, with lockstep's changes. */
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Every key that a policy names, by the spelling in use. */
  readonly managedKeys: ReadonlyMap<string, ManagedKey>;
  /**
   * The same keys by their name in the policy, which templates use. If there are several aliases, it is the one that
   * the URL follows.
   */
  readonly byName: ReadonlyMap<string, ManagedKey>;
  /** The default entry, for all other keys. */
  readonly defaultEntry: { readonly entry: KeyEntry; readonly policy: Policy } | undefined;
  /** The positions of base keys in URLs. */
  readonly bindings: UrlBindings;
  /** Everything that follows from the names of the keys. */
  readonly plan: KeyPlan;
  /** Two caches. */
  readonly facts: Facts;
  readonly lastingFacts: Facts;
  /** lockstep has only written derived keys that name no login, so what was found out about other keys stays true. */
  readonly hasLastingFacts: boolean;
}

export const evaluationOf = (request: Request, policies: readonly Policy[]): Evaluation =>
  evaluationByPlan(request, policies, keyPlanOf(request, policies), []);

function evaluationByPlan(
  request: Request,
  policies: readonly Policy[],
  plan: KeyPlan,
  lastingFacts: Facts,
): Evaluation {
  const { managedKeys, byName, defaultEntry, urlPositions } = plan;
  const { data } = request.secret;
  return {
    request,
    policies,
    data,
    plan,
    managedKeys,
    byName,
    defaultEntry,
    bindings: new UrlBindings(data, urlPositions, (name) => byName.get(name)?.key ?? name),
    facts: [],
    lastingFacts,
    hasLastingFacts: true,
  };
}

/**
 * The evaluation after lockstep's writes. They can change which alias a URL follows, and to which system it connects.
 * The same object if nothing was written since.
 */
export function reevaluate(evaluation: Evaluation): Evaluation {
  const { request, policies, data } = evaluation;
  if (data === request.secret.data) return evaluation;
  const written = { ...request, secret: { ...request.secret, data } };
  const plan = keyPlanOf(written, policies);
  const isLasting = plan === evaluation.plan && evaluation.hasLastingFacts;
  return evaluationByPlan(written, policies, plan, isLasting ? evaluation.lastingFacts : []);
}

/** The spelling of the key that a template names. */
export const keyByName = ({ byName }: Evaluation, name: string): string => byName.get(name)?.key ?? name;

/** The value of the key that a template names, if the Secret holds one. */
export function valueByName(evaluation: Evaluation, name: string): Sensitive | undefined {
  const value = evaluation.data.get(keyByName(evaluation, name));
  return value === undefined || value.isEmpty ? undefined : value;
}

/**
 * Whether this request, or lockstep in it, set, changed or removed the key. For a derived key its base keys count too.
 * So does the key that the condition of the entry reads.
 */
export function isAffected(evaluation: Evaluation, key: string): boolean {
  if (isModified(evaluation, key)) return true;
  const { when, derive } = evaluation.managedKeys.get(key)?.entry ?? {};
  if (when?.spellings.some((one) => isChanged(evaluation, one)) === true) return true;
  const baseNames = derive?.baseNames ?? [];
  // Templates have no cycle within a policy. Across two policies a key is not its own base key either.
  return baseNames.some(
    (name) => keyByName(evaluation, name) !== key && isModified(evaluation, keyByName(evaluation, name)),
  );
}

/** As `isModified`, but a key that is absent before and after has not changed. */
const isChanged = ({ data, request: { old } }: Evaluation, key: string): boolean =>
  data.has(key) !== (old?.data.has(key) ?? false) || old?.data.get(key)?.equals(data.get(key)) === false;

/** Whether the value of this key differs from before. On CREATE there was none before. */
export function isModified({ data, request: { old } }: Evaluation, key: string): boolean {
  const after = data.get(key);
  const before = old?.data.get(key);
  if (before === undefined) return after !== undefined || old === undefined;
  return !before.equals(after);
}
