import type { KeyEntry } from '../policy/policy.ts';
import { referencesOf, type TemplateExpression } from '../policy/template.ts';
import type { Request, Secret } from '../secret/secret.ts';
import type { PartName } from '../uri/connection.ts';
import { readConnection } from '../uri/read.ts';

interface NamedEntry {
  readonly key: string;
  readonly entry: KeyEntry;
}

/** The spelling that the Secret holds is meant; if it has lost its key, the one it held. */
export function aliasInUse(entry: KeyEntry, { secret, old }: Request): string {
  if (entry.aliases.length === 0 || secret.data.has(entry.name)) return entry.name;
  const present = entry.aliases.find((alias) => secret.data.has(alias));
  if (present !== undefined || old === undefined || old.data.has(entry.name)) return present ?? entry.name;
  return entry.aliases.find((alias) => old.data.has(alias)) ?? entry.name;
}

/**
 * Of several spellings that the Secret holds, a template means the one that its URL follows: the superuser of an image often stands beside the
 * application's own login. By the name of the base key, only where it is another than `spelling` takes.
 */
export function followedAliases<Governed extends NamedEntry>(
  request: Request,
  managedKeys: ReadonlyMap<string, Governed>,
  byName: ReadonlyMap<string, Governed>,
): ReadonlyMap<string, Governed> {
  const followed = new Map<string, Governed>();
  const baseOf = (expression: TemplateExpression | undefined): Governed | undefined => {
    const [reference] = referencesOf(expression ?? []);
    return reference && (followed.get(reference.name) ?? byName.get(reference.name));
  };
  for (const { key, entry } of managedKeys.values()) {
    const parts = entry.derive?.template.url?.parts;
    for (const [part, expression] of parts ?? []) {
      const base = baseOf(expression);
      if (base === undefined || expression.length > 1) continue;
      const others = base.entry.aliases.filter(
        (one) => request.secret.data.has(one) && !managedKeys.has(one),
      );
      if (others.length === 0) continue;
      const spellings = [base.key, ...others];
      const chosen =
        aliasInUrl(request, key, part, spellings) ?? aliasBesideUser(baseOf(parts?.get('user')), spellings);
      if (chosen === undefined || chosen === base.key) continue;
      const optional = { ...base.entry, required: false, requiredWith: undefined };
      followed.set(base.entry.name, { ...base, key: chosen, entry: optional });
    }
  }
  return followed;
}

/** The spelling whose value the URL had before this request, so that a rotation is followed; else the one whose value it has. */
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

/** `DB_PASSWORD` goes with `DB_USER`, where `POSTGRES_PASSWORD` stands there too. */
function aliasBesideUser(user: NamedEntry | undefined, spellings: readonly string[]): string | undefined {
  const family = familyOf(user?.key ?? '');
  return family === '' ? undefined : spellings.find((one) => familyOf(one) === family);
}

const familyOf = (key: string): string => /^.*[-_.]/.exec(key)?.[0] ?? '';
