import { bindingOf } from '../evaluation/derivation/binding.ts';
import { DRIVER_KEYS } from '../policy/generic-login.ts';
import type { Derivation } from '../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../policy/template.ts';
import type { PartName } from '../uri/connection.ts';
import { traitsOf } from '../uri/system-traits.ts';
import { decoded, isWhole } from './base64.ts';
import { allOf, anyOf, type Cel, listOf, quote } from './cel.ts';
import type { FloorEntry, Variable } from './entry.ts';
import { findingIf } from './message.ts';

/** A longer URL or password is not decoded. */
const MAX_URL_BYTES = 384;
const MAX_LOGIN_BYTES = 96;

const PARTS = ['user', 'password', 'database'] as const;
type ComparedPart = (typeof PARTS)[number];

const USERINFO = '(?:[A-Za-z0-9._~-]|%[2-6][0-9A-Fa-f]|%7[0-9A-Ea-e])+';
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?';
const DATABASE = '[A-Za-z0-9_][A-Za-z0-9_-]{0,62}';
/** The path need not be a plain name of a database: then only user and password are compared. */
const PATH = '(?:[A-Za-z0-9._~-]|%[2-7][0-9A-Fa-f])*';
const PARAMETER =
  '(?:sslmode|connect_timeout|application_name|connection_limit|pool_timeout|schema|pgbouncer|statement_timeout|target_session_attrs)=[A-Za-z0-9_.-]*';
/** A URL that every driver reads alike, and the engine too. */
const PLAIN_URL = `^(?i:postgres(?:ql)?)(?:[+](?:asyncpg|psycopg|psycopg2))?://${USERINFO}:${USERINFO}@${HOST}(?:/${PATH})?(?:[?]${PARAMETER}(?:&${PARAMETER})*)?$`;

/** The findings about a URL of PostgreSQL whose user, password or database differs from its base key. */
export function mismatchChecks(
  one: FloorEntry,
  derive: Derivation,
  url: UrlTemplate,
  bases: ReadonlyMap<string, FloorEntry>,
  id: string,
): { readonly variables: readonly Variable[]; readonly checks: readonly Cel[] } {
  const variables: Variable[] = [];
  const define = (name: string, expression: Cel): Cel => {
    variables.push({ name: `${name}${id}`, expression });
    return `variables.${name}${id}`;
  };
  const password = baseOf(url.parts.get('password'), bases);
  // The engine may only warn about a password that is a placeholder, and compares nothing with it.
  if (password === undefined || password.entry.lenient) return { variables: [], checks: [] };
  const text = define('u', decoded(one.value, MAX_URL_BYTES));
  const isPlain = define(
    'w',
    allOf([
      `${one.value} != ''`,
      one.isPlain,
      isWhole(text, one.value),
      `${text}.matches(${quote(PLAIN_URL)})`,
    ]),
  );
  const login = `${text}.substring(${text}.indexOf('://') + 3, ${text}.indexOf('@'))`;
  const inUrl: Readonly<Record<ComparedPart, Cel>> = {
    user: unescaped(`${login}.split(':')[0]`),
    password: unescaped(`${login}.split(':')[1]`),
    database: `(${text}.substring(${text}.indexOf('@')).split('?')[0] + '/').split('/')[1]`,
  };
  const loginText = (base: FloorEntry): Cel =>
    `variables.m${id}${PARTS.find((part) => baseOf(url.parts.get(part), bases) === base)}`;
  const own = new Map<ComparedPart, FloorEntry>();
  for (const part of PARTS) {
    const base = baseOf(url.parts.get(part), bases);
    if (base === undefined) continue;
    own.set(part, base);
    variables.push({ name: `m${id}${part}`, expression: decoded(base.value, MAX_LOGIN_BYTES) });
  }
  const user = own.get('user');
  const oldUser = user === undefined ? undefined : define('n', decoded(user.oldValue, MAX_LOGIN_BYTES));
  const isKnown = (base: FloorEntry): Cel =>
    allOf([
      base.isDecided,
      base.isChanged,
      base.isPlain,
      isWhole(loginText(base), base.value),
      `!${loginText(base)}.startsWith(' ')`,
      `!${loginText(base)}.endsWith(' ')`,
    ]);
  const usesOwnUser = ownUser(user, oldUser, inUrl.user, loginText, derive, url);
  const common = allOf([
    one.isDecided,
    isPlain,
    ...[...bases.values()].map(isUnambiguous),
    `${password.value} != ''`,
    isOfPostgres(password, url, bases),
    usesOwnUser,
  ]);
  const differs: Cel[] = [];
  const names: Cel[] = [];
  for (const [part, base] of own) {
    if (bindingOf(derive, part) !== 'bound') continue;
    if ([base, password].some(({ entry }) => entry.action !== one.entry.action)) continue;
    const isDatabase = part === 'database';
    const condition = allOf([
      isKnown(base),
      // Next to a stored placeholder the engine compares nothing. It refuses a placeholder that this request set.
      isKnown(password),
      ...(isDatabase
        ? [
            `${inUrl.database}.matches(${quote(`^${DATABASE}$`)})`,
            `${loginText(base)}.matches(${quote(`^${DATABASE}$`)})`,
          ]
        : []),
      ...(part === 'user' ? [`${loginText(base)}.matches('^[A-Za-z0-9._-]+$')`] : []),
      `${inUrl[part]} != ${loginText(base)}`,
    ]);
    const variable = define(`d${part}`, condition);
    differs.push(variable);
    names.push(`(${variable} ? [[${quote(part)}, ${base.key}]] : [])`);
  }
  if (differs.length === 0) return { variables: [], checks: [] };
  const list = `[${names.map((name) => `dyn(${name})`).join(', ')}].filter(found, found.size() > 0).map(found, found[0])`;
  const line =
    `'data[' + ${one.key} + ']: has another ' + ${list}.map(found, found[0]).join(', ') + ' than ' + ` +
    `${list}.map(found, found[1]).join(', ') + ${quote(` [lockstep/mismatch]: remove it from the manifest, and lockstep derives it (policy ${one.policy.name})`)}`;
  return { variables, checks: [findingIf(allOf([common, anyOf(differs)]), line)] };
}

/** One spelling at most is there, so the template follows this one. */
const isUnambiguous = ({ spellings }: FloorEntry): Cel =>
  spellings.length === 1 ? 'true' : `${listOf(spellings)}.filter(key, key in variables.data).size() <= 1`;

/** The base key that is the whole part. */
function baseOf(
  expression: TemplateExpression | undefined,
  bases: ReadonlyMap<string, FloorEntry>,
): FloorEntry | undefined {
  const [reference, ...others] = expression ?? [];
  return reference === undefined || typeof reference === 'string' || others.length > 0
    ? undefined
    : bases.get(reference.name);
}

/** The URL has the user of the base key, or the one that the base key had before. Any other one is another account. */
function ownUser(
  user: FloorEntry | undefined,
  oldUser: Cel | undefined,
  inUrl: Cel,
  loginText: (base: FloorEntry) => Cel,
  derive: Derivation,
  url: UrlTemplate,
): Cel {
  if (user === undefined || oldUser === undefined)
    // A literal user, or one of several keys, is not compared.
    return url.parts.get('user') === undefined && derive.accounts.length === 0 ? 'true' : 'false';
  return anyOf([
    allOf([`${user.value} != ''`, isWhole(loginText(user), user.value), `${inUrl} == ${loginText(user)}`]),
    allOf([
      `${user.value} != ''`,
      `${oldUser} != ''`,
      isWhole(oldUser, user.oldValue),
      `${inUrl} == ${oldUser}`,
    ]),
    derive.accounts.length === 0 ? `(${user.value} == '' && !(${user.key} in variables.data))` : 'false',
  ]);
}

/** A password under a name of PostgreSQL, or under a general name with nothing that names another system. */
function isOfPostgres(password: FloorEntry, url: UrlTemplate, bases: ReadonlyMap<string, FloorEntry>): Cel {
  const named = password.spellings.filter((spelling) => traitsOf('postgres').keyNames.test(spelling));
  const port = portKeys(url, bases);
  return anyOf([
    ...(named.length > 0 ? [`${password.key} in ${listOf(named)}`] : []),
    `!${listOf([...DRIVER_KEYS, ...port])}.exists(key, key in variables.data)`,
  ]);
}

function portKeys(url: UrlTemplate, bases: ReadonlyMap<string, FloorEntry>): readonly string[] {
  return referencesOf(url.parts.get('port' satisfies PartName) ?? []).flatMap(
    ({ name }) => bases.get(name)?.spellings ?? [name],
  );
}

/** Undoes percent-encoding of printable ASCII. The first piece has no `%` before it, so one is put there. */
const unescaped = (part: Cel): Cel =>
  `('%20' + ${part}).split('%').filter(piece, piece != '').map(piece, ` +
  `variables.ascii[variables.hex[piece.substring(0, 1).upperAscii()] * 16 + variables.hex[piece.substring(1, 2).upperAscii()]] + piece.substring(2)).join('').substring(1)`;

/** Variables that the comparison of URLs needs. */
export const HEX: Variable = {
  name: 'hex',
  expression: `{${[...'0123456789ABCDEF'].map((sign, digit) => `'${sign}': ${digit}`).join(', ')}}`,
};
