import {
  hostFamily,
  passwordFamily,
  urlFamily,
  userFamily,
} from '../../../secret/key-names/login-key-family.ts';
import { placeOfFix } from '../../../secret/owners.ts';
import { systemNamed, systemOfKeyName } from '../../../value/systems/systems.ts';
import type { ConnectionString } from '../../../value/uri/connection.ts';
import { shortHost } from '../../../value/uri/hosts.ts';
import { placeholderMatchOf } from '../../derivation/placeholder-match.ts';
import { isBound } from '../../derivation/render.ts';
import type { Evaluation } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { factByPlan } from '../../evaluation/key-plan.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import type { Violation } from '../rule.ts';

/**
 * A Secret holds two passwords of one login, and no policy says that one follows the other. Examples are `KC_DB_URL`
 * next to `KC_DB_PASSWORD`, and `DIRECT_URL` next to `DATABASE_URL`. The server accepts one of them.
 *
 * `reported` are the keys with another password than their base key.
 */
export function twoPasswords(evaluation: Evaluation, reported: ReadonlySet<string>): readonly Violation[] {
  const loginsOfUser = namedLogins(evaluation);
  const firstOfLogin = new Map<string, UrlLogin>();
  const violations: Violation[] = [];
  for (const key of evaluation.plan.keysOfSecret) {
    const url = reported.has(key) || followsBase(evaluation, key) ? undefined : urlLogin(evaluation, key);
    if (url === undefined) continue;
    const named = otherPasswordByName(evaluation, url, loginsOfUser.get(url.user) ?? []);
    const login = loginOf(url, evaluation.request.secret.namespace);
    const first = login === undefined ? undefined : (firstOfLogin.get(login) ?? url);
    if (login !== undefined && first !== undefined) firstOfLogin.set(login, first);
    const other = named ?? (first?.password === url.password ? undefined : first?.key);
    if (other !== undefined) violations.push(violationOf(evaluation, key, other));
  }
  return violations;
}

/** The rule `mismatch` reports a derived URL with another password than its base key. */
function followsBase(evaluation: Evaluation, key: string): boolean {
  const expression = evaluation.managedKeys.get(key)?.entry.derive?.template.url?.parts.get('password');
  return expression !== undefined && isBound(evaluation, expression);
}

interface UrlLogin {
  readonly key: string;
  readonly connection: ConnectionString;
  readonly user: string;
  readonly password: string;
}

function urlLogin(evaluation: Evaluation, key: string): UrlLogin | undefined {
  const value = evaluation.data.get(key);
  if (value === undefined || value.size > MAX_TEXT_BYTES) return undefined;
  const connection = value.withPlaintext(parsedConnection);
  const [user, password] = [connection?.user?.value, connection?.password?.value];
  if (connection === undefined || !user || !password) return undefined;
  return placeholderMatchOf(evaluation, key) === undefined ? { key, connection, user, password } : undefined;
}

/** Undefined unless the URL names one server and a database, and a user of such a server has one password. */
function loginOf({ connection, user }: UrlLogin, namespace: string): string | undefined {
  const { system, host, port, database } = connection;
  const { path, ports } = systemNamed(system);
  if (path !== 'name' || !host?.value || !database?.value) return undefined;
  const server = [shortHost(host.value, namespace), port?.value || ports[0]];
  return JSON.stringify([system, user, ...server, database.value]);
}

/** The keys of one login: `KC_DB_USERNAME`, `KC_DB_PASSWORD`. Their family is `kc_db`. */
interface LoginKeys {
  readonly family: string;
  readonly user: string;
  readonly password: string;
  readonly host: string | undefined;
}

const loginKeysOf = factByPlan<readonly LoginKeys[]>(({ keysOfSecret }) => {
  const byFamily = (familyOf: (key: string) => string | undefined): ReadonlyMap<string | undefined, string> =>
    new Map(keysOfSecret.map((key) => [familyOf(key), key]));
  const [users, hosts] = [byFamily(userFamily), byFamily(hostFamily)];
  return [...byFamily(passwordFamily)].flatMap(([family, password]) => {
    const user = users.get(family);
    return family === undefined || user === undefined
      ? []
      : [{ family, user, password, host: hosts.get(family) }];
  });
});

/** A login whose user and password have keys of their own. */
interface NamedLogin {
  readonly family: string;
  readonly passwordKey: string;
  readonly password: string;
  /** Undefined if no key names it. */
  readonly host: string | undefined;
  readonly system: string | undefined;
}

/** No Secret has more logins of one user. The limit bounds the comparisons of a hostile one. */
const MAX_LOGINS_OF_USER = 8;

/** By the user. */
function namedLogins({ data, plan, request }: Evaluation): ReadonlyMap<string, readonly NamedLogin[]> {
  const textOf = (key: string | undefined): string => {
    const value = key === undefined ? undefined : data.get(key);
    if (value === undefined || value.size > MAX_TEXT_BYTES) return '';
    return value.withPlaintext(({ text }) => text?.trim()) ?? '';
  };
  const logins = new Map<string, NamedLogin[]>();
  for (const { family, user, password: passwordKey, host } of loginKeysOf(plan)) {
    const [name, password, server] = [textOf(user), textOf(passwordKey), textOf(host)];
    const ofUser = logins.get(name) ?? [];
    if (name === '' || password === '' || ofUser.length === MAX_LOGINS_OF_USER) continue;
    const known = {
      host: server === '' ? undefined : shortHost(server, request.secret.namespace),
      system: systemOfKeyName(passwordKey),
    };
    logins.set(name, [...ofUser, { family, passwordKey, password, ...known }]);
  }
  return logins;
}

/** The key of another password for the login of this URL, unless one of its keys has the same password. */
function otherPasswordByName(
  evaluation: Evaluation,
  url: UrlLogin,
  logins: readonly NamedLogin[],
): string | undefined {
  const own = logins.filter((login) => isSameServer(url, login, evaluation.request.secret.namespace));
  if (own.some(({ password }) => password === url.password)) return undefined;
  return own.find(({ passwordKey }) => placeholderMatchOf(evaluation, passwordKey) === undefined)
    ?.passwordKey;
}

/** The host is the same. If no key names a host, the names of the keys belong together. */
function isSameServer({ key, connection }: UrlLogin, login: NamedLogin, namespace: string): boolean {
  const { system, host } = connection;
  if (login.system !== undefined && login.system !== system) return false;
  if (login.host !== undefined && host?.value) return login.host === shortHost(host.value, namespace);
  const family = urlFamily(key);
  return family !== undefined && withShortName(family) === withShortName(login.family);
}

/** `ORDERS_DATABASE_URL` belongs to `ORDERS_DB_PASSWORD`. */
const withShortName = (family: string): string => family.replace(/(?<![a-z])database$/, 'db');

const violationOf = ({ request }: Evaluation, key: string, other: string): Violation => ({
  key,
  other,
  message: `holds a URL with another password than ${other} for the same login`,
  fix: `put the same password into both${placeOfFix(request.secret)}`,
});
