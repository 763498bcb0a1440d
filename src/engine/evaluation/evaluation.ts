import { type KeyEntry, type Policy, plainEntry } from '../policy/policy.ts';
import { referencesOf } from '../policy/template.ts';
import type { Request } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { PartName } from '../uri/connection.ts';
import { aliasInUse, followedAliases } from './alias.ts';
import { isConditionMet } from './condition.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { foreignSystem } from './derivation/foreign-system.ts';
import { decideBySystem, type Rival } from './derivation/rivals.ts';
import type { Facts } from './facts-by-key.ts';

/** One key of the Secret, with the one entry that decides about it. */
export interface ManagedKey {
  /** The spelling of the Secret. If the Secret has no alias of the key, it is the name of the entry. */
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** The position of a base key in the URL of a derived key. */
export interface UrlBinding {
  readonly part: PartName;
  /** The system of the login: `postgres`, unless the Secret names another. */
  readonly system: string;
  /** The URL exists, or would be added. */
  readonly wanted: boolean;
  /** The part is free: the team chose it in the URL. */
  readonly free: boolean;
}

/**
 * A request together with the policies that apply to it: the input of all steps and rules. It never changes: a step
 * writes to a `Draft`.
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
  readonly bindings: ReadonlyMap<string, readonly UrlBinding[]>;
  /** A cache. */
  readonly facts: Facts;
}

export function evaluationOf(request: Request, policies: readonly Policy[]): Evaluation {
  const managedKeys = new Map<string, ManagedKey>();
  const byName = new Map<string, ManagedKey>();
  const rivals: Rival[] = [];
  for (const policy of policies) {
    for (const entry of policy.keys) {
      if (byName.has(entry.name) && entry.derive === undefined) continue;
      if (entry.when !== undefined && !isConditionMet(entry.when, request.secret.data)) continue;
      if (byName.has(entry.name)) {
        rivals.push({ entry, policy });
        continue;
      }
      const key = aliasInUse(entry, request);
      if (entry.derive !== undefined && managedKeys.has(key)) rivals.push({ entry, policy });
      // Policies are in order of precedence. Only the first that names a key, or an alias of it, decides.
      const managedKey = managedKeys.get(key) ?? { key, entry, policy };
      managedKeys.set(key, managedKey);
      byName.set(entry.name, managedKey);
    }
  }
  decideBySystem(request, rivals, managedKeys, byName);
  addUnlistedBaseKeys(request, managedKeys, byName);
  for (const [name, followed] of followedAliases(request, managedKeys, byName)) {
    const other = managedKeys.get(followed.key);
    managedKeys.set(followed.key, followed);
    byName.set(name, followed);
    for (const [otherName, managed] of byName) if (managed === other) byName.set(otherName, followed);
  }
  breakCycles(managedKeys, byName);
  const policyWithDefault = policies.find(({ defaultEntry }) => defaultEntry !== undefined);
  const defaultEntry =
    policyWithDefault?.defaultEntry === undefined
      ? undefined
      : { entry: policyWithDefault.defaultEntry, policy: policyWithDefault };
  return {
    request,
    policies,
    data: request.secret.data,
    managedKeys,
    byName,
    defaultEntry,
    bindings: bindingsOf(request.secret.data, managedKeys, byName),
    facts: new Map(),
  };
}

/**
 * The evaluation after lockstep's writes. They can change which alias a URL follows, and to which system it connects.
 * The same object if nothing was written since.
 */
export function reevaluate(evaluation: Evaluation): Evaluation {
  const { request, policies, data } = evaluation;
  if (data === request.secret.data) return evaluation;
  return evaluationOf({ ...request, secret: { ...request.secret, data } }, policies);
}

/**
 * A base key that a template names with a default need not be listed. If the Secret holds it, the policy of the derived
 * key validates it.
 */
function addUnlistedBaseKeys(
  { secret }: Request,
  managedKeys: Map<string, ManagedKey>,
  byName: Map<string, ManagedKey>,
): void {
  for (const { entry, policy } of [...managedKeys.values()]) {
    for (const name of entry.derive?.baseNames ?? []) {
      if (byName.has(name) || managedKeys.has(name) || !secret.data.has(name)) continue;
      const one = { key: name, entry: plainEntry(name, entry.action), policy };
      managedKeys.set(name, one);
      byName.set(name, one);
    }
  }
}

/** Two policies can form a cycle together. The key that closes it becomes a plain key. */
function breakCycles(managedKeys: Map<string, ManagedKey>, byName: Map<string, ManagedKey>): void {
  for (const closing of inDependencyOrder(managedKeys.values(), byName).closing) {
    const plain = { ...closing, entry: { ...closing.entry, derive: undefined } };
    managedKeys.set(plain.key, plain);
    for (const [name, one] of byName) if (one === closing) byName.set(name, plain);
  }
}

function bindingsOf(
  data: Request['secret']['data'],
  managedKeys: ReadonlyMap<string, ManagedKey>,
  byName: ReadonlyMap<string, ManagedKey>,
): ReadonlyMap<string, readonly UrlBinding[]> {
  const bindings = new Map<string, UrlBinding[]>();
  const keyOf = (name: string): string => byName.get(name)?.key ?? name;
  for (const { key, entry } of managedKeys.values()) {
    const url = entry.derive?.template.url;
    if (entry.derive === undefined || url === undefined) continue;
    const hasValue = data.get(key)?.isEmpty === false;
    const wanted = hasValue || entry.derive.addWith.every((name) => data.get(name)?.isEmpty === false);
    const system = foreignSystem(data, key, url, keyOf) ?? url.system;
    for (const [part, expression] of url.parts) {
      const binding = { part, system, wanted, free: hasValue && entry.derive.free.has(part) };
      for (const { name } of referencesOf(expression)) {
        const list = bindings.get(keyOf(name));
        if (list === undefined) bindings.set(keyOf(name), [binding]);
        else list.push(binding);
      }
    }
  }
  return bindings;
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
