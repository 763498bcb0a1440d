import { GENERIC_KEY, genericSystem, systemOfValue } from '../../policy/match/generic-login.ts';
import type { KeyEntry, Policy } from '../../policy/policy.ts';
import { milder } from '../../secret/finding/finding.ts';
import type { Request } from '../../secret/secret.ts';
import { aliasInUse } from './alias.ts';

interface Managed {
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** An entry of a policy for a URL whose key another policy decides about. */
export interface CompetingEntry {
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** Whether the values decide about a key. They do not if all policies that want a key derive it for one system. */
export const canDecideBySystem = (
  request: Request,
  competitors: readonly CompetingEntry[],
  managedKeys: ReadonlyMap<string, Managed>,
): boolean =>
  competitors.some(({ entry }) => {
    const system = entry.derive?.template.url?.system;
    const decided = managedKeys.get(aliasInUse(entry, request));
    if (system === undefined || decided === undefined) return system !== undefined;
    const { derive } = decided.entry;
    return derive !== undefined && !derive.exact && derive.template.url?.system !== system;
  });

/**
 * Two policies can derive one key for different systems: `DATABASE_URL` of PostgreSQL and of MySQL. The policy of the
 * URL's system decides. If no policy has this system, the precedence does. The milder of the two actions counts.
 */
export function decideBySystem(
  request: Request,
  competitors: readonly CompetingEntry[],
  managedKeys: Map<string, Managed>,
  byName: Map<string, Managed>,
): void {
  for (const { entry, policy } of competitors) {
    const key = aliasInUse(entry, request);
    const decided = managedKeys.get(key);
    const system = systemOfValue(request.secret.data, key);
    const isOfSystem = ({ derive }: KeyEntry): boolean => derive?.template.url?.system === system;
    if (system === undefined || !isOfSystem(entry)) continue;
    if (decided === undefined) managedKeys.set(key, { key, entry, policy });
    if (decided?.entry.derive === undefined || decided.entry.derive.exact || isOfSystem(decided.entry))
      continue;
    const winner = { key, policy, entry: { ...entry, action: milder(entry.action, decided.entry.action) } };
    managedKeys.set(key, winner);
    for (const [name, managed] of byName) if (managed === decided) byName.set(name, winner);
    byName.set(entry.name, winner);
    followNextAlias(request, decided, managedKeys, byName);
  }
}

/** Whether the values decide about a generic key: `DB_PASSWORD` of PostgreSQL and of MySQL. */
export const canDecideGenericKeys = (
  competitors: readonly Managed[],
  managedKeys: ReadonlyMap<string, Managed>,
): boolean => competitors.some((one) => isGenericCompetitor(one, managedKeys.get(one.key)));

/** A generic key belongs to the policy of the system that the Secret names. */
export function decideGenericKeys(
  { secret }: Request,
  competitors: readonly Managed[],
  managedKeys: Map<string, Managed>,
  byName: Map<string, Managed>,
): void {
  const system = genericSystem(secret.data);
  for (const competitor of competitors) {
    const decided = managedKeys.get(competitor.key);
    if (!isGenericCompetitor(competitor, decided) || loginSystemOf(competitor) !== system) continue;
    managedKeys.set(competitor.key, competitor);
    for (const [name, managed] of byName) if (managed === decided) byName.set(name, competitor);
  }
}

/** Both policies derive the URL of a login from the key, each for another system. */
function isGenericCompetitor(competitor: Managed, decided: Managed | undefined): decided is Managed {
  if (decided === undefined || !GENERIC_KEY.test(competitor.key)) return false;
  const [one, other] = [loginSystemOf(decided), loginSystemOf(competitor)];
  return one !== undefined && other !== undefined && one !== other;
}

/**
 * The system of the URLs for which a policy uses a base key, if it selects Secrets of unknown teams. The policy of a
 * team decides about each key that it names.
 */
function loginSystemOf({ entry: { name, derive }, policy }: CompetingEntry): string | undefined {
  if (derive !== undefined) return undefined;
  for (const { derive: other } of policy.keys)
    if (other?.bind === 'Password' && other.baseNames.includes(name)) return other.template.url?.system;
  return undefined;
}

/** The policy that lost a key applies to the next alias that the Secret holds. */
function followNextAlias(
  { secret }: Request,
  { entry, policy }: Managed,
  managedKeys: Map<string, Managed>,
  byName: Map<string, Managed>,
): void {
  const key = [entry.name, ...entry.aliases].find((one) => secret.data.has(one) && !managedKeys.has(one));
  if (key === undefined) return;
  const next = { key, entry, policy };
  managedKeys.set(key, next);
  byName.set(entry.name, next);
}
