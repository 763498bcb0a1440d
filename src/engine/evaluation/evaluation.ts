import type { Falsehood } from '../placeholder/verdict.ts';
import { type KeyEntry, type Policy, plainEntry } from '../policy/policy.ts';
import { referencesOf } from '../policy/template.ts';
import type { Request } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { PartName } from '../uri/connection.ts';
import { followedSpellings, spelling } from './alias.ts';
import { inOrderOfDependency } from './dependency-order.ts';
import { otherSystem } from './foreign-system.ts';

/** One key of the Secret under the one entry that decides for it. */
export interface Governed {
  /** As the Secret spells it; the entry's own name where the Secret has none of its spellings. */
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** Where a base key goes in the URL of a derived key. */
export interface Binding {
  readonly part: PartName;
  /** The system the login is for: `postgres`; another where the Secret says so. */
  readonly system: string;
  /** There is such a URL, or one would be added. */
  readonly wanted: boolean;
  /** The URL has this part as the team chose it. */
  readonly free: boolean;
}

/** A request with its policies laid over it: all that the steps and the rules need to know. */
export interface Case {
  readonly request: Request;
  /** Names of the policies that matched, highest precedence first. */
  readonly policies: readonly Policy[];
  /** The values as they stand: those of the request, and what lockstep has changed of them so far. */
  readonly data: ReadonlyMap<string, Sensitive>;
  /** Every key that a policy names, by the spelling that is meant. */
  readonly governed: ReadonlyMap<string, Governed>;
  /** The same by the name that the policy gives it, which is how templates name it: of several spellings the one that the URL follows. */
  readonly byName: ReadonlyMap<string, Governed>;
  /** The entry of all other keys. */
  readonly unnamed: { readonly entry: KeyEntry; readonly policy: Policy } | undefined;
  readonly bindings: ReadonlyMap<string, readonly Binding[]>;
  /** Verdicts that several steps and rules ask for, reached once. */
  readonly verdicts: Map<string, Falsehood | undefined>;
}

export function openCase(request: Request, policies: readonly Policy[]): Case {
  const governed = new Map<string, Governed>();
  const byName = new Map<string, Governed>();
  for (const policy of policies) {
    for (const entry of policy.keys) {
      if (byName.has(entry.name)) continue;
      const key = spelling(entry, request);
      // Policies come in order of precedence: the first to name a key, or a spelling of it, decides alone.
      const one = governed.get(key) ?? { key, entry, policy };
      governed.set(key, one);
      byName.set(entry.name, one);
    }
  }
  nameUnlistedBases(request, governed, byName);
  for (const [name, followed] of followedSpellings(request, governed, byName)) {
    if (!governed.has(followed.key)) governed.set(followed.key, followed);
    byName.set(name, governed.get(followed.key) ?? followed);
  }
  breakCycles(governed, byName);
  const owner = policies.find(({ unnamed }) => unnamed !== undefined);
  const unnamed = owner?.unnamed === undefined ? undefined : { entry: owner.unnamed, policy: owner };
  return {
    request,
    policies,
    data: request.secret.data,
    governed,
    byName,
    unnamed,
    bindings: bindingsOf(request.secret.data, governed, byName),
    verdicts: new Map(),
  };
}

/** The same after lockstep's writes, looked at afresh: which spelling a URL follows, and what it connects to, may show only now. */
export function reopen({ request, policies, data }: Case): Case {
  return openCase({ ...request, secret: { ...request.secret, data } }, policies);
}

/** Writes key after key, each time giving the case as it then is. They share one map, so that many changes cost no more than they are. */
export function openForWriting(aCase: Case): (key: string, value: Sensitive) => Case {
  const data = new Map(aCase.data);
  return (key, value) => {
    data.set(key, value);
    return { ...aCase, data, verdicts: new Map() };
  };
}

/** A base key that a template names with a default need not be listed: where the Secret holds it, it is the derived key's policy that judges it. */
function nameUnlistedBases(
  { secret }: Request,
  governed: Map<string, Governed>,
  byName: Map<string, Governed>,
): void {
  for (const { entry, policy } of [...governed.values()]) {
    for (const { name } of entry.derive?.template.references ?? []) {
      if (byName.has(name) || governed.has(name) || !secret.data.has(name)) continue;
      const one = { key: name, entry: plainEntry(name, entry.action), policy };
      governed.set(name, one);
      byName.set(name, one);
    }
  }
}

/** Two policies can make a cycle together: the key that closes it is a plain one then. */
function breakCycles(governed: Map<string, Governed>, byName: Map<string, Governed>): void {
  for (const closing of inOrderOfDependency(governed.values(), byName).closing) {
    const plain = { ...closing, entry: { ...closing.entry, derive: undefined } };
    governed.set(plain.key, plain);
    for (const [name, one] of byName) if (one === closing) byName.set(name, plain);
  }
}

function bindingsOf(
  data: Request['secret']['data'],
  governed: ReadonlyMap<string, Governed>,
  byName: ReadonlyMap<string, Governed>,
): ReadonlyMap<string, readonly Binding[]> {
  const bindings = new Map<string, Binding[]>();
  const keyOf = (name: string): string => byName.get(name)?.key ?? name;
  for (const { key, entry } of governed.values()) {
    const url = entry.derive?.template.url;
    if (entry.derive === undefined || url === undefined) continue;
    const isHeld = data.get(key)?.isEmpty === false;
    const wanted = isHeld || entry.derive.addWith.every((name) => data.get(name)?.isEmpty === false);
    const system = otherSystem(data, key, url, keyOf) ?? url.system;
    for (const [part, expression] of url.parts) {
      const binding = { part, system, wanted, free: isHeld && entry.derive.free.has(part) };
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
export const keyNamed = ({ byName }: Case, name: string): string => byName.get(name)?.key ?? name;

/** The key that a template names, if the Secret holds a value for it. */
export function valueNamed(aCase: Case, name: string): Sensitive | undefined {
  const value = aCase.data.get(keyNamed(aCase, name));
  return value === undefined || value.isEmpty ? undefined : value;
}

/** This request, or lockstep for it, set, changed or removed the key; a derived key also where one of its base keys was. */
export function isChanged(aCase: Case, key: string): boolean {
  if (isSet(aCase, key)) return true;
  const references = aCase.governed.get(key)?.entry.derive?.template.references ?? [];
  // Templates have no cycle within a policy; across two policies a key is not its own base either.
  return references.some(({ name }) => keyNamed(aCase, name) !== key && isSet(aCase, keyNamed(aCase, name)));
}

/** The value of this very key is another than before; on CREATE nothing was before. */
export function isSet({ data, request: { old } }: Case, key: string): boolean {
  const after = data.get(key);
  const before = old?.data.get(key);
  if (before === undefined) return after !== undefined || old === undefined;
  return !before.equals(after);
}
