import { byPrecedence, type KeyEntry, type Policy } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template/template.ts';
import type { Request, Secret } from '../../secret/secret.ts';
import type { PartName } from '../../value/uri/connection.ts';
import { readConnection } from '../../value/uri/read.ts';

interface NamedEntry {
  readonly key: string;
  readonly entry: KeyEntry;
  readonly policy: Policy;
}

/** The spelling that the Secret holds. If the Secret lost the key, it is the spelling of the old one. */
export function aliasInUse(entry: KeyEntry, { secret, old }: Request): string {
  if (entry.aliases.length === 0 || secret.data.has(entry.name)) return entry.name;
  const present = entry.aliases.find((alias) => secret.data.has(alias));
  if (present !== undefined || old === undefined || old.data.has(entry.name)) return present ?? entry.name;
  return entry.aliases.find((alias) => old.data.has(alias)) ?? entry.name;
}

/**
 * If the Secret holds several aliases, a template uses the one that its URL follows. The superuser of an image is often
 * next to the application's own login. By the name of the base key, and only if the alias differs from `aliasInUse`.
 */
export function followedAliases<Managed extends NamedEntry>(
  request: Request,
  managedKeys: ReadonlyMap<string, Managed>,
  byName: ReadonlyMap<string, Managed>,
): ReadonlyMap<string, Managed> {
  const followed = new Map<string, Managed>();
  for (const further of furtherAliases(request, managedKeys, byName, followed)) {
    const { key, parts, part, name, base, own, others } = further;
    const spellings = [base.key, ...others];
    const chosen =
      aliasInUrl(request, key, part, spellings) ??
      aliasNextToUser(baseOf(parts.get('user'), followed, byName), spellings);
    if (chosen === undefined || chosen === base.key) continue;
    const decided = managedKeys.get(chosen);
    const optional = { ...own.entry, required: false, recommended: false, requiredWith: undefined };
    const isNamed = decided !== undefined && isNameOf(decided, chosen);
    followed.set(name, isNamed ? decided : { ...base, ...own, key: chosen, entry: optional });
  }
  return followed;
}

/** Whether the values decide which alias a template uses, because the Secret holds several. */
export const hasFurtherAliases = <Managed extends NamedEntry>(
  request: Request,
  managedKeys: ReadonlyMap<string, Managed>,
  byName: ReadonlyMap<string, Managed>,
): boolean => furtherAliases(request, managedKeys, byName, new Map()).next().done !== true;

/** A part of a URL whose base key the Secret holds under `others` too. */
interface FurtherAliases<Managed> {
  /** The key of the URL. */
  readonly key: string;
  readonly parts: UrlTemplate['parts'];
  readonly part: PartName;
  /** The base key in the template. */
  readonly name: string;
  readonly base: Managed;
  /** Its entry in the policy of the URL. Another policy may decide about the key, and has other aliases or none. */
  readonly own: Pick<NamedEntry, 'entry' | 'policy'>;
  readonly others: readonly string[];
}

function* furtherAliases<Managed extends NamedEntry>(
  request: Request,
  managedKeys: ReadonlyMap<string, Managed>,
  byName: ReadonlyMap<string, Managed>,
  followed: ReadonlyMap<string, Managed>,
): Generator<FurtherAliases<Managed>> {
  /** No other entry has the key, or names it, or only a policy that comes later has it as an alias. */
  const isFree = (key: string, policy: Policy): boolean => {
    const other = managedKeys.get(key);
    return other === undefined || isNameOf(other, key) || byPrecedence(policy, other.policy) < 0;
  };
  for (const { key, entry, policy } of managedKeys.values()) {
    const parts = entry.derive?.template.url?.parts;
    if (parts === undefined) continue;
    for (const [part, expression] of parts) {
      const base = baseOf(expression, followed, byName);
      const [reference] = referencesOf(expression);
      if (base === undefined || reference === undefined || expression.length > 1) continue;
      const own = ownEntryOf(reference.name, policy, base);
      const others = own.entry.aliases.filter(
        (one) => one !== base.key && request.secret.data.has(one) && isFree(one, own.policy),
      );
      if (others.length > 0) yield { key, parts, part, name: reference.name, base, own, others };
    }
  }
}

const isNameOf = ({ entry }: NamedEntry, key: string): boolean => entry.name === key;

/** A policy that names the spelling itself decides about that key alone. The policy of the URL knows the other ones. */
function ownEntryOf(name: string, policy: Policy, base: NamedEntry): Pick<NamedEntry, 'entry' | 'policy'> {
  if (base.policy === policy || !(base.entry.name === name || isNameOf(base, base.key))) return base;
  const entry = policy.keys.find((one) => one.name === name && one.derive === undefined);
  return entry === undefined ? base : { entry, policy };
}

function baseOf<Managed>(
  expression: TemplateExpression | undefined,
  followed: ReadonlyMap<string, Managed>,
  byName: ReadonlyMap<string, Managed>,
): Managed | undefined {
  const [reference] = referencesOf(expression ?? []);
  return reference && (followed.get(reference.name) ?? byName.get(reference.name));
}

/**
 * The alias whose value the URL had before this request, so a rotation is followed. Else the alias whose value it has
 * now.
 */
function aliasInUrl(
  { secret, old }: Request,
  urlKey: string,
  part: PartName,
  spellings: readonly string[],
): string | undefined {
  const before = spellings.filter((one) => old !== undefined && agrees(old, urlKey, part, one));
  const changed = before.find((one) => old?.data.get(one)?.equals(secret.data.get(one)) === false);
  return changed ?? before[0] ?? spellings.find((one) => agrees(secret, urlKey, part, one));
}

function agrees({ data }: Secret, urlKey: string, part: PartName, key: string): boolean {
  const url = data.get(urlKey)?.withPlaintext(({ text }) => text);
  const value = data.get(key)?.withPlaintext(({ text }) => text);
  if (url === undefined || value === undefined || value === '') return false;
  return readConnection(url, part === 'password' ? { password: value } : {})?.[part]?.value === value;
}

/** `DB_PASSWORD` belongs to `DB_USER`, even next to `POSTGRES_PASSWORD`. */
function aliasNextToUser(user: NamedEntry | undefined, spellings: readonly string[]): string | undefined {
  const family = familyOf(user?.key ?? '');
  return family === '' ? undefined : spellings.find((one) => familyOf(one) === family);
}

const familyOf = (key: string): string => /^.*[-_.]/.exec(key)?.[0] ?? '';
