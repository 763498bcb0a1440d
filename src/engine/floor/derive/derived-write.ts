import { LOGIN_NAME_KEY } from '../../evaluation/login-key-names.ts';
import { fold, lettersOf } from '../../placeholder/vocabulary/vocabulary.ts';
import { DRIVER_KEYS } from '../../policy/generic-login.ts';
import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template.ts';
import { traitsOf } from '../../uri/system-traits.ts';
import { bytesOf, isAscii } from '../base64.ts';
import { allOf, anyOf, type Cel, listOf, not, quote } from '../cel.ts';
import { type Variable, valueIn } from '../entry.ts';
import { IS_NEW } from '../match.ts';
import { type BaseKey, isGeneric } from './base-keys.ts';
import type { DeriveEntry } from './derive-entry.ts';
import { encoded, MAX_ENCODED_TEXT } from './encode-base64.ts';
import { rendered } from './rendered.ts';
import { dense } from './value-conditions.ts';

/** The write of one derived key. `isWritten` and `value` are variables. */
export interface DerivedWrite {
  readonly key: Cel;
  readonly isWritten: Cel;
  /** In base64. */
  readonly value: Cel;
  readonly variables: readonly Variable[];
}

/**
 * `names` are the base keys of the policy that are no secrets.
 *
 * Writes the key in two cases. It is absent or empty. Or the request did not change it, and it is what the template
 * gave for the previous values of the base keys.
 */
export function derivedWrite(
  one: DeriveEntry,
  derive: Derivation,
  bases: ReadonlyMap<string, BaseKey>,
  names: readonly BaseKey[],
  id: string,
): DerivedWrite {
  const variables: Variable[] = [];
  const define = (letter: string, expression: Cel): Cel => {
    variables.push({ name: `${letter}${id}`, expression });
    return `variables.${letter}${id}`;
  };
  const all = [...bases.values()];
  const text = define(
    'x',
    rendered(derive.template, bases, ({ text, value }) => ({ text, value })),
  );
  const value = define('w', encoded(text));
  const isRenderable = allOf([
    one.isDecided,
    ...all.map(({ isDecided }) => isDecided),
    ...neededNames(derive).map((name) => `${bases.get(name)!.value} != ''`),
    ...all.map(({ isValid }) => isValid),
    ...all.filter(({ isSecret }) => isSecret).map((base) => isOwnValue(base, names)),
    `size(${text}) <= ${MAX_ENCODED_TEXT}`,
    ...(derive.template.url === undefined ? [] : [isOfSystem(derive.template.url, bases)]),
  ]);
  const isAdded = allOf([
    `${one.value} == ''`,
    ...derive.addWith.map((key) => `${valueIn('variables.data', quote(key))} != ''`),
  ]);
  const isWritten = define(
    'y',
    allOf([anyOf([isAdded, isStale(one, derive, bases, define)]), isRenderable, `${one.value} != ${value}`]),
  );
  return { key: one.key, isWritten, value, variables };
}

const neededNames = ({ template }: Derivation): readonly string[] => [
  ...new Set(template.references.filter(({ fallback }) => fallback === undefined).map(({ name }) => name)),
];

/** The key follows its base keys, which this request changed. A value that the request typed stays for lockstep. */
function isStale(
  one: DeriveEntry,
  derive: Derivation,
  bases: ReadonlyMap<string, BaseKey>,
  define: (letter: string, expression: Cel) => Cel,
): Cel {
  const { url } = derive.template;
  const isStored = allOf([not(IS_NEW), `${one.value} != ''`, `${one.value} == ${one.oldValue}`]);
  // Such a value always equals its template.
  if (url === undefined || derive.exact) return isStored;
  if (derive.accounts.length > 0) return 'false';
  const all = [...bases.values()];
  const before = define(
    'z',
    rendered(derive.template, bases, ({ oldText, oldValue }) => ({ text: oldText, value: oldValue })),
  );
  const follows = followingNames(derive, url);
  return allOf([
    isStored,
    isLoginOf(url, bases),
    ...all.map((base) =>
      follows.has(base.name)
        ? `(${base.value} == '') == (${base.oldValue} == '')`
        : `${base.value} == ${base.oldValue}`,
    ),
    ...all.map(({ hadSigns }) => hadSigns),
    `size(${before}) <= ${MAX_ENCODED_TEXT}`,
    `${one.value} == ${encoded(before)}`,
  ]);
}

/** The base keys whose change lockstep carries into the URL, whatever the others are. */
function followingNames({ free }: Derivation, url: UrlTemplate): ReadonlySet<string> {
  const parts = url.system === 'postgres' ? [...url.parts.keys()] : ['password' as const];
  const names = new Set<string>();
  for (const part of parts)
    if (!free.has(part)) for (const { name } of referencesOf(url.parts.get(part) ?? [])) names.add(name);
  for (const [part, expression] of url.parts)
    if (free.has(part) || !parts.includes(part))
      for (const { name } of referencesOf(expression)) names.delete(name);
  for (const expression of url.params.values())
    for (const { name } of referencesOf(expression)) names.delete(name);
  return names;
}

/** The keys next to the URL name no other system, which would make it foreign. */
function isLoginOf(url: UrlTemplate, bases: ReadonlyMap<string, BaseKey>): Cel {
  const [password] = referencesOf(url.parts.get('password') ?? []);
  const base = password && bases.get(password.name);
  if (url.system !== 'postgres' || base === undefined) return 'true';
  const named = base.spellings.filter((spelling) => traitsOf('postgres').keyNames.test(spelling));
  const [port] = referencesOf(url.parts.get('port') ?? []);
  const ports = port === undefined ? [] : [port.name, ...(bases.get(port.name)?.spellings ?? [])];
  return anyOf([
    ...(named.length > 0 ? [`${base.key} in ${listOf(named)}`] : []),
    `!${listOf([...DRIVER_KEYS, ...ports])}.exists(key, key in variables.data)`,
  ]);
}

/** A general key such as `DB_PASSWORD` may be the login of another system. */
function isOfSystem(url: UrlTemplate, bases: ReadonlyMap<string, BaseKey>): Cel {
  if (url.system === 'postgres') return 'true';
  const names = new Set(
    [...url.parts.values()].flatMap((expression) => referencesOf(expression)).map(({ name }) => name),
  );
  return allOf([...names].map((name) => not(isGeneric(bases.get(name)!))));
}

/** In letters and digits: `LONGEST_AFFIXES` of own-name.ts. */
const LONGEST_AFFIXES = 16;

/** The keys that may hold the name of a user or a database. */
export const loginKeys = (names: readonly string[]): Variable => ({
  name: 'logins',
  expression: `variables.data.filter(key, key.matches(${quote(`(?i:${LOGIN_NAME_KEY.source})`)}) || key in ${listOf(names)})`,
});

/** The secret is not the name of its key, of a user or of a database, nor built on one. */
function isOwnValue(secret: BaseKey, names: readonly BaseKey[]): Cel {
  const letters = dense(secret.text);
  const ownKeys = [...new Set(secret.spellings.map((key) => lettersOf(fold(key))))];
  const isShort = (value: Cel): Cel => `${bytesOf(value)} + ${LONGEST_AFFIXES} < size(low)`;
  const isShortName = (value: Cel): Cel => allOf([isAscii(value), isShort(value)]);
  const isApart = ({ text }: BaseKey): Cel =>
    `[${dense(text)}].all(name, size(name) < 3 || (size(name) != size(low) && !low.contains(name)))`;
  const value = 'string(variables.data[key])';
  return anyOf([
    `${secret.value} == ''`,
    `[${letters}].all(low, ${allOf([
      `!(low in ${listOf(ownKeys)})`,
      `variables.logins.all(key, variables.data[key] == null || ${isShortName(value)} || key in [${names.map(({ key }) => key).join(', ')}])`,
      ...names.map((base) =>
        anyOf([`${base.value} == ''`, isShortName(base.value), allOf([base.isValid, isApart(base)])]),
      ),
    ])})`,
  ]);
}
