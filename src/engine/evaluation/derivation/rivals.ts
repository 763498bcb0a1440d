import { milder } from '../../finding/finding.ts';
import { systemOfValue } from '../../policy/generic-login.ts';
import type { KeyEntry, Policy } from '../../policy/policy.ts';
import type { Request } from '../../secret/secret.ts';
import { aliasInUse } from '../alias.ts';

interface Managed {
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** An entry of a policy for a URL whose key another policy decides about. */
export interface Rival {
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** Whether the values decide about a key. They do not if all policies that want a key derive it for one system. */
export const canDecideBySystem = (
  request: Request,
  rivals: readonly Rival[],
  managedKeys: ReadonlyMap<string, Managed>,
): boolean =>
  rivals.some(({ entry }) => {
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
  rivals: readonly Rival[],
  managedKeys: Map<string, Managed>,
  byName: Map<string, Managed>,
): void {
  for (const { entry, policy } of rivals) {
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
