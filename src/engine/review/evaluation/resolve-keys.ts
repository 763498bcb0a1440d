import { type KeyEntry, type Policy, plainEntry } from '../../policy/policy.ts';
import type { Request } from '../../secret/secret.ts';
import { aliasInUse, followedAliases, hasFurtherAliases } from './alias.ts';
import {
  type CompetingEntry,
  canDecideBySystem,
  canDecideGenericKeys,
  decideBySystem,
  decideGenericKeys,
} from './competing-entries.ts';
import { isConditionMet } from './condition.ts';
import { inDependencyOrder } from './dependency-order.ts';

/** One key of the Secret, with the one entry that decides about it. */
export interface ManagedKey {
  /** The spelling of the Secret. If the Secret has no alias of the key, it is the name of the entry. */
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

export interface ResolvedKeys {
  /** Every key that a policy names, by the spelling in use. */
  readonly managedKeys: ReadonlyMap<string, ManagedKey>;
  /** The same keys by their name in the policy. */
  readonly byName: ReadonlyMap<string, ManagedKey>;
  /** The names of the keys decide alone, once the conditions of the entries are known. */
  readonly isByNames: boolean;
}

/** Finds the entry that decides about each key, and the spelling of the key. */
export function resolveKeys(request: Request, policies: readonly Policy[]): ResolvedKeys {
  const managedKeys = new Map<string, ManagedKey>();
  const byName = new Map<string, ManagedKey>();
  const competitors: CompetingEntry[] = [];
  const genericCompetitors: ManagedKey[] = [];
  for (const policy of policies) {
    for (const entry of policy.keys) {
      if (byName.has(entry.name) && entry.derive === undefined) {
        useOtherSpelling(entry, request, managedKeys, byName);
        continue;
      }
      if (entry.when !== undefined && !isConditionMet(entry.when, request.secret.data)) continue;
      if (byName.has(entry.name)) {
        competitors.push({ entry, policy });
        continue;
      }
      const key = aliasInUse(entry, request);
      if (entry.derive !== undefined && managedKeys.has(key)) competitors.push({ entry, policy });
      // Policies are in order of precedence. Only the first that names a key, or an alias of it, decides.
      const decided = managedKeys.get(key);
      const managedKey = decided ?? { key, entry, policy };
      if (decided !== undefined) genericCompetitors.push({ key, entry, policy });
      managedKeys.set(key, managedKey);
      byName.set(entry.name, managedKey);
    }
  }
  const isByLogin = canDecideGenericKeys(genericCompetitors, managedKeys);
  if (isByLogin) decideGenericKeys(request, genericCompetitors, managedKeys, byName);
  const isBySystem = canDecideBySystem(request, competitors, managedKeys);
  if (isBySystem) decideBySystem(request, competitors, managedKeys, byName);
  addUnlistedBaseKeys(request, managedKeys, byName);
  const isByAlias = hasFurtherAliases(request, managedKeys, byName);
  if (isByAlias) followAliases(request, managedKeys, byName);
  breakCycles(managedKeys, byName);
  return { managedKeys, byName, isByNames: !isByLogin && !isBySystem && !isByAlias };
}

/**
 * A policy can name two spellings as two keys, which are one key for a later policy. The templates of the later policy
 * read the spelling that the Secret holds.
 */
function useOtherSpelling(
  entry: KeyEntry,
  request: Request,
  managedKeys: ReadonlyMap<string, ManagedKey>,
  byName: Map<string, ManagedKey>,
): void {
  const { data } = request.secret;
  const decided = byName.get(entry.name);
  if (entry.aliases.length === 0 || decided === undefined || data.has(decided.key)) return;
  const other = managedKeys.get(aliasInUse(entry, request));
  if (other !== undefined && data.has(other.key)) byName.set(entry.name, other);
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

function followAliases(
  request: Request,
  managedKeys: Map<string, ManagedKey>,
  byName: Map<string, ManagedKey>,
): void {
  for (const [name, followed] of followedAliases(request, managedKeys, byName)) {
    const other = managedKeys.get(followed.key);
    managedKeys.set(followed.key, followed);
    byName.set(name, followed);
    for (const [otherName, managed] of byName) if (managed === other) byName.set(otherName, followed);
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
