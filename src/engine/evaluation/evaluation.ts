import type { PlaceholderMatch } from '../placeholder/verdict.ts';
import { type KeyEntry, type Policy, plainEntry } from '../policy/policy.ts';
import { referencesOf } from '../policy/template.ts';
import type { Request } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { PartName } from '../uri/connection.ts';
import { aliasInUse, followedAliases } from './alias.ts';
import { inDependencyOrder } from './dependency-order.ts';
import { foreignSystem } from './foreign-system.ts';

/** One key of the Secret under the one entry that decides for it. */
export interface ManagedKey {
  /** As the Secret spells it; the entry's own name where the Secret has none of its spellings. */
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** Where a base key goes in the URL of a derived key. */
export interface UrlBinding {
  readonly part: PartName;
  /** The system the login is for: `postgres`; another where the Secret says so. */
  readonly system: string;
  /** There is such a URL, or one would be added. */
  readonly wanted: boolean;
  /** The URL has this part as the team chose it. */
  readonly free: boolean;
}

/** A request with its policies laid over it: all that the steps and the rules need to know. */
export interface Evaluation {
  readonly request: Request;
  /** Names of the policies that matched, highest precedence first. */
  readonly policies: readonly Policy[];
  /** The values as they stand: those of the request, and what lockstep has changed of them so far. */
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Every key that a policy names, by the spelling that is meant. */
  readonly managedKeys: ReadonlyMap<string, ManagedKey>;
  /** The same by the name that the policy gives it, which is how templates name it: of several spellings the one that the URL follows. */
  readonly byName: ReadonlyMap<string, ManagedKey>;
  /** The entry of all other keys. */
  readonly defaultEntry: { readonly entry: KeyEntry; readonly policy: Policy } | undefined;
  readonly bindings: ReadonlyMap<string, readonly UrlBinding[]>;
  /** Verdicts that several steps and rules ask for, reached once. */
  readonly placeholderMatches: Map<string, PlaceholderMatch | undefined>;
}

export function evaluationOf(request: Request, policies: readonly Policy[]): Evaluation {
  const managedKeys = new Map<string, ManagedKey>();
  const byName = new Map<string, ManagedKey>();
  for (const policy of policies) {
    for (const entry of policy.keys) {
      if (byName.has(entry.name)) continue;
      const key = aliasInUse(entry, request);
      // Policies come in order of precedence: the first to name a key, or a spelling of it, decides alone.
      const managedKey = managedKeys.get(key) ?? { key, entry, policy };
      managedKeys.set(key, managedKey);
      byName.set(entry.name, managedKey);
    }
  }
  addUnlistedBaseKeys(request, managedKeys, byName);
  for (const [name, followed] of followedAliases(request, managedKeys, byName)) {
    if (!managedKeys.has(followed.key)) managedKeys.set(followed.key, followed);
    byName.set(name, managedKeys.get(followed.key) ?? followed);
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
    placeholderMatches: new Map(),
  };
}

/** The same after lockstep's writes, looked at afresh: which spelling a URL follows, and what it connects to, may show only now. */
export function reevaluate({ request, policies, data }: Evaluation): Evaluation {
  return evaluationOf({ ...request, secret: { ...request.secret, data } }, policies);
}

/** Writes key after key, each time giving the case as it then is. They share one map, so that many changes cost no more than they are. */
export function evaluationWriter(evaluation: Evaluation): (key: string, value: Sensitive) => Evaluation {
  const data = new Map(evaluation.data);
  return (key, value) => {
    data.set(key, value);
    return { ...evaluation, data, placeholderMatches: new Map() };
  };
}

/** A base key that a template names with a default need not be listed: where the Secret holds it, it is the derived key's policy that judges it. */
function addUnlistedBaseKeys(
  { secret }: Request,
  managedKeys: Map<string, ManagedKey>,
  byName: Map<string, ManagedKey>,
): void {
  for (const { entry, policy } of [...managedKeys.values()]) {
    for (const { name } of entry.derive?.template.references ?? []) {
      if (byName.has(name) || managedKeys.has(name) || !secret.data.has(name)) continue;
      const one = { key: name, entry: plainEntry(name, entry.action), policy };
      managedKeys.set(name, one);
      byName.set(name, one);
    }
  }
}

/** Two policies can make a cycle together: the key that closes it is a plain one then. */
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

/** The spelling of the key that a template means by `name`. */
export const keyByName = ({ byName }: Evaluation, name: string): string => byName.get(name)?.key ?? name;

/** The key that a template names, if the Secret holds a value for it. */
export function valueByName(evaluation: Evaluation, name: string): Sensitive | undefined {
  const value = evaluation.data.get(keyByName(evaluation, name));
  return value === undefined || value.isEmpty ? undefined : value;
}

/** This request, or lockstep for it, set, changed or removed the key; a derived key also where one of its base keys was. */
export function isAffected(evaluation: Evaluation, key: string): boolean {
  if (isModified(evaluation, key)) return true;
  const references = evaluation.managedKeys.get(key)?.entry.derive?.template.references ?? [];
  // Templates have no cycle within a policy; across two policies a key is not its own base either.
  return references.some(
    ({ name }) => keyByName(evaluation, name) !== key && isModified(evaluation, keyByName(evaluation, name)),
  );
}

/** The value of this very key is another than before; on CREATE nothing was before. */
export function isModified({ data, request: { old } }: Evaluation, key: string): boolean {
  const after = data.get(key);
  const before = old?.data.get(key);
  if (before === undefined) return after !== undefined || old === undefined;
  return !before.equals(after);
}
