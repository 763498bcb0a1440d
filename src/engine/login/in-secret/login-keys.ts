import { GENERIC_KEY, genericSystem, systemOfPort } from '../../policy/match/generic-login.ts';
import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import { connectionPassword, parsedConnection } from '../../review/evaluation/parsed-connection.ts';
import { normalisedKey, passwordFamily, userFamily } from '../../secret/key-names/login-key-family.ts';
import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import type { Secret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { systemOfKeyName } from '../../value/systems/systems.ts';
import { urlLoginIn } from './logins.ts';

/** The keys of a Secret that hold one login. */
export interface LoginKeys {
  readonly user: string;
  readonly password: string;
  /** Undefined if the Secret has no such key: a URL may name the database. */
  readonly database: string | undefined;
  /** Undefined means PostgreSQL. */
  readonly system?: 'redis' | undefined;
}

/** The keys of a credential that names no others. */
export const defaultLoginKeys = ({ system }: Pick<LoginKeys, 'system'>): LoginKeys =>
  system === 'redis'
    ? { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD', database: undefined, system }
    : { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' };

/** The login of one kind of server in a Secret, by the names of its keys and by the logins in its URLs. */
export type FoundLogin =
  | { readonly kind: 'login'; readonly keys: LoginKeys }
  /** Keys hold different logins, and nothing says which one is meant. */
  | { readonly kind: 'several'; readonly choices: readonly LoginKeys[] }
  /** The keys with a password. No key holds its user. */
  | { readonly kind: 'no-user'; readonly passwords: readonly string[] }
  /** The URLs that hold user and password. No key holds them alone. */
  | { readonly kind: 'in-url'; readonly urls: readonly string[]; readonly system?: LoginKeys['system'] }
  | { readonly kind: 'other-system'; readonly system: string }
  | { readonly kind: 'none' };

const DATABASE_WORDS = ['db', 'database', 'dbname', 'db_name', 'database_name', 'name'];
const HOST_WORDS = ['host', 'hostname', 'host_name', 'server'];

/** No ordinary Secret has more. The limit bounds the comparisons of a hostile one. */
const MAX_PAIRS = 64;

export function findLogin({ data }: Pick<Secret, 'data'>): FoundLogin {
  const names = new KeyNames(data);
  const urls = urlLoginsIn(data);
  const pairs = [...pairsByName(data, names), ...pairsOfUrls(data, names, urls)].slice(0, MAX_PAIRS);
  const own = pairs.filter(({ system }) => system === 'postgres');
  if (own.length > 0) return choiceOf(own, data, names);
  const ownUrls = urls.filter(({ system }) => system === 'postgres');
  if (ownUrls.length > 0) return { kind: 'in-url', urls: ownUrls.map(({ key }) => key) };
  const foreign = pairs.flatMap(({ system, password }) => (system === undefined ? [] : password));
  const unnamed = pairs.filter(({ system, password }) => system === undefined && !foreign.includes(password));
  if (unnamed.length > 0) return choiceOf(unnamed, data, names);
  const [other] = [...pairs, ...urls].flatMap(({ system }) => system ?? []);
  if (other !== undefined) return { kind: 'other-system', system: other };
  const passwords = names.passwords.filter(
    (key) => familyOf(key) === '' || systemOf(data, names, [key]) === 'postgres',
  );
  return passwords.length > 0 ? { kind: 'no-user', passwords } : { kind: 'none' };
}

/** The login of a Redis server. Its user may have no key, and then is `default`. */
export function findRedisLogin(secret: Secret): FoundLogin {
  const { data } = secret;
  const names = new KeyNames(data);
  const urls = [...data.keys()].flatMap((key) => urlLoginIn(secret, key, ['redis']) ?? []);
  const isOfRedis = (key: string): boolean => {
    const system = systemOf(data, names, [key]);
    const isInUrl = urls.some(({ password }) => password.equals(data.get(key)));
    return system === 'redis' || (system === undefined && isInUrl);
  };
  const pairs = names.passwords.filter(isOfRedis).map((password) => ({
    user: names.users.get(familyOf(password))?.[0] ?? 'REDIS_USERNAME',
    password,
    system: 'redis' as const,
  }));
  if (pairs.length > 0) return choiceOf(pairs, data, names);
  const inUrl = urls.map(({ key }) => key);
  return inUrl.length > 0 ? { kind: 'in-url', urls: inUrl, system: 'redis' } : { kind: 'none' };
}

/** The keys of the server next to a login: `DB_HOST` and `DB_PORT` for `DB_PASSWORD`. */
export function serverKeysOf(
  { data }: Pick<Secret, 'data'>,
  { password }: Pick<LoginKeys, 'password'>,
): { readonly host: string | undefined; readonly port: string | undefined } {
  const names = new KeyNames(data);
  const family = familyOf(password);
  return { host: names.find(family, HOST_WORDS), port: names.find(family, ['port']) };
}

/** The login under these keys, with the key of its database. */
export function loginUnder(
  { data }: Pick<Secret, 'data'>,
  { user, password, system }: Pick<LoginKeys, 'user' | 'password' | 'system'>,
): LoginKeys {
  return system === undefined
    ? withDatabase(new KeyNames(data), { user, password })
    : { user, password, database: undefined, system };
}

function withDatabase(names: KeyNames, { user, password }: Pick<LoginKeys, 'user' | 'password'>): LoginKeys {
  const key = names.find(familyOf(password), DATABASE_WORDS);
  return { user, password, database: key === user || key === password ? undefined : key };
}

const familyOf = (password: string): string => passwordFamily(password) ?? '';

/** The keys with a value. The default keys of a PostgresCredential come first. */
class KeyNames {
  readonly keys: readonly string[];
  readonly passwords: readonly string[];
  /** By the words before `USER`. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  readonly #byName = new Map<string, string>();

  constructor(data: Secret['data']) {
    const held = [...data].flatMap(([key, value]) => (value.isEmpty ? [] : [key]));
    this.keys = [
      ...held.filter((key) => key.startsWith('POSTGRES_')),
      ...held.filter((key) => !key.startsWith('POSTGRES_')),
    ];
    for (const key of this.keys)
      if (!this.#byName.has(normalisedKey(key))) this.#byName.set(normalisedKey(key), key);
    this.passwords = this.keys.filter((key) => passwordFamily(key) !== undefined).slice(0, MAX_PAIRS);
    const users = this.keys.filter((key) => userFamily(key) !== undefined && !isSensitiveKey(key));
    this.users = Map.groupBy(users, (key) => userFamily(key) ?? '');
  }

  find(family: string, words: readonly string[]): string | undefined {
    const names = words.flatMap((word) => (family === '' ? [word] : [`${family}_${word}`, family + word]));
    const key = names.map((name) => this.#byName.get(name)).find((found) => found !== undefined);
    return key === undefined || isSensitiveKey(key) ? undefined : key;
  }
}

interface Pair {
  readonly user: string;
  readonly password: string;
  /** Undefined if neither a name nor a port says it. */
  readonly system: string | undefined;
}

function pairsByName(data: Secret['data'], names: KeyNames): readonly Pair[] {
  const all = [...names.users.values()].flat();
  const [only] = all.length === 1 && names.passwords.length === 1 ? all : [];
  return names.passwords.flatMap((password) => {
    const users = names.users.get(familyOf(password)) ?? (only === undefined ? [] : [only]);
    return users
      .slice(0, MAX_PAIRS)
      .map((user) => ({ user, password, system: systemOf(data, names, [password, user]) }));
  });
}

/** The keys that hold user and password of a URL, whatever their names are. */
function pairsOfUrls(data: Secret['data'], names: KeyNames, urls: readonly UrlLogin[]): readonly Pair[] {
  return urls.flatMap(({ system, user: role, password: value }) => {
    const password = names.keys.find((key) => data.get(key)?.equals(value));
    const user = names.keys.find((key) => !isSensitiveKey(key) && data.get(key)?.equals(role));
    const isPair = user !== undefined && password !== undefined && user !== password;
    return isPair ? [{ user, password, system }] : [];
  });
}

/** The kind of server that the names of these keys, or the port next to them, mean. The first key is the password. */
function systemOf(data: Secret['data'], names: KeyNames, keys: readonly string[]): string | undefined {
  const named = systemOfKeyName(...keys);
  if (named !== undefined) return named;
  const [password = ''] = keys;
  const port = names.find(familyOf(password), ['port']);
  const byPort = port === undefined ? undefined : systemOfPort(data, port);
  if (byPort !== undefined) return byPort;
  const isGeneric = GENERIC_KEY.test(password) || /(^|_)(db|database)$/.test(familyOf(password));
  return isGeneric ? genericSystem(data) : undefined;
}

interface UrlLogin {
  readonly key: string;
  readonly system: string;
  readonly user: Sensitive;
  readonly password: Sensitive;
}

function urlLoginsIn(data: Secret['data']): readonly UrlLogin[] {
  const logins: UrlLogin[] = [];
  for (const [key, value] of data) {
    if (logins.length === MAX_PAIRS) break;
    if (value.isEmpty || value.size > MAX_TEXT_BYTES) continue;
    const login = value.withPlaintext((plain): UrlLogin | undefined => {
      const password = connectionPassword(plain)?.value;
      const { system = '', user } = (password && parsedConnection(plain)) || {};
      if (!password || !user?.value || system === '') return undefined;
      return { key, system, user: Sensitive.fromText(user.value), password: Sensitive.fromText(password) };
    });
    if (login !== undefined) logins.push(login);
  }
  return logins;
}

/** One choice for each login. Its first pair is the preferred spelling. */
function choiceOf(pairs: readonly Pair[], data: Secret['data'], names: KeyNames): FoundLogin {
  const choices: Pair[] = [];
  for (const pair of pairs) {
    const isKnown = choices.some(({ user, password }) =>
      [
        [user, pair.user],
        [password, pair.password],
      ].every(([a = '', b = '']) => a === b || data.get(a)?.equals(data.get(b))),
    );
    if (!isKnown) choices.push(pair);
  }
  const [first, ...more] = choices.map(
    ({ system, ...pair }): LoginKeys =>
      system === 'redis' ? { ...pair, database: undefined, system: 'redis' } : withDatabase(names, pair),
  );
  if (first === undefined) return { kind: 'none' };
  return more.length === 0 ? { kind: 'login', keys: first } : { kind: 'several', choices: [first, ...more] };
}
