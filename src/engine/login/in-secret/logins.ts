import { matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template/template.ts';
import { placeholderMatchOf } from '../../review/derivation/placeholder-match.ts';
import {
  type Evaluation,
  evaluationOf,
  keyByName,
  type ManagedKey,
  valueByName,
} from '../../review/evaluation/evaluation.ts';
import { foreignSystem } from '../../review/evaluation/foreign-system.ts';
import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import { connectionPassword, parsedConnection } from '../../review/evaluation/parsed-connection.ts';
import type { Secret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { ConnectionString, Part, PartName } from '../../value/uri/connection.ts';
import { shortHost } from '../../value/uri/hosts.ts';

/** A login of PostgreSQL or Redis, as one Secret states it. A field that the Secret does not state is undefined. */
export interface Login {
  /** Undefined means PostgreSQL. */
  readonly system?: 'redis' | undefined;
  /** The key that holds the password: `POSTGRES_PASSWORD`, or the URL. */
  readonly key: string;
  /** The key from which the login was read: the URL, if it has one. */
  readonly source: string;
  readonly user: string;
  /** The host for the comparison of two Secrets, without the suffix that every Service of one namespace has. */
  readonly host: string | undefined;
  /** The host as in the Secret, for a connection. */
  readonly address: string | undefined;
  /** From the URL. The scheme of Redis says it. */
  readonly sslmode: string | undefined;
  readonly port: string | undefined;
  readonly database: string | undefined;
  readonly password: Sensitive;
}

/** No ordinary Secret has more. The limit keeps a hostile one from a comparison of each of its keys with all others. */
const MAX_LOGINS = 64;

/**
 * The logins that a Secret holds: those whose keys a policy names, and every URL. `secret` has the data that will be
 * stored. `known` is an evaluation of its creation that a decision has made. If the data and the policies are the same,
 * its verdicts are not computed again.
 */
export function loginsOf(secret: Secret, policies: readonly Policy[], known?: Evaluation): readonly Login[] {
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  const matched = matchingPolicies(request, policies);
  const isKnown = known?.data === secret.data && hasSameItems(known.policies, matched);
  const evaluation = isKnown ? known : evaluationOf(request, matched);
  const named = [...evaluation.managedKeys.values()].flatMap(
    (managedKey) => namedLogin(evaluation, managedKey) ?? [],
  );
  const derived = new Set([...evaluation.managedKeys.values()].filter(isDerived).map(({ key }) => key));
  const others: Login[] = [];
  for (const key of secret.data.keys()) {
    if (others.length === MAX_LOGINS) break;
    const login = derived.has(key) ? undefined : loginInUrl(evaluation, key);
    if (login !== undefined) others.push(login);
  }
  // Each derived key without a URL states the login of its base keys.
  const distinct = new Map([...named, ...others].map((login) => [login.source, login]));
  return [...distinct.values()].filter(({ key }) => placeholderMatchOf(evaluation, key) === undefined);
}

const ofSystem = (system: string): Pick<Login, 'system'> => ({
  system: system === 'redis' ? system : undefined,
});

const TRIED: readonly string[] = ['postgres', 'redis'];

const hasSameItems = <Item>(some: readonly Item[], others: readonly Item[]): boolean =>
  some.length === others.length && some.every((item, index) => item === others[index]);

const isDerived = ({ entry }: ManagedKey): boolean => entry.derive !== undefined;

/** The login of a derived key. Its URL also names the server. Without a URL, its base keys state what they have. */
function namedLogin(evaluation: Evaluation, { key, entry }: ManagedKey): Login | undefined {
  const url = entry.derive?.template.url;
  if (url === undefined) return undefined;
  const passwordKey = baseKey(evaluation, url, 'password');
  const inUrl = loginInUrl(evaluation, key);
  if (inUrl !== undefined) return { ...inUrl, key: passwordKeyOf(evaluation, passwordKey, inUrl) };
  if (!TRIED.includes(url.system) || passwordKey === undefined) return undefined;
  const system = foreignSystem(evaluation.data, key, url, (name) => keyByName(evaluation, name));
  const user = baseText(evaluation, url, 'user') ?? systemNamed(url.system).user;
  const password = evaluation.data.get(passwordKey);
  if (system !== undefined && system !== url.system) return undefined;
  if (user === undefined || password === undefined || password.isEmpty) return undefined;
  const [host, port, database] = (['host', 'port', 'database'] as const).map((part) =>
    baseText(evaluation, url, part),
  );
  return {
    ...ofSystem(url.system),
    key: passwordKey,
    source: passwordKey,
    user,
    password,
    host: hostOf(host, evaluation.request.secret),
    address: host,
    sslmode: url.system === 'redis' ? 'disable' : undefined,
    port,
    database,
  };
}

/** The base key, unless the URL has another password. */
function passwordKeyOf(
  { data }: Evaluation,
  passwordKey: string | undefined,
  { key, password }: Login,
): string {
  const base = passwordKey === undefined ? undefined : data.get(passwordKey);
  return passwordKey !== undefined && base?.equals(password) === true ? passwordKey : key;
}

/** The key that a part of the template names, if the Secret holds a value for it. */
function baseKey(evaluation: Evaluation, url: UrlTemplate, part: PartName): string | undefined {
  const [reference, more] = referencesOf(url.parts.get(part) ?? []);
  if (reference === undefined || more !== undefined) return undefined;
  return valueByName(evaluation, reference.name) === undefined
    ? undefined
    : keyByName(evaluation, reference.name);
}

function baseText(evaluation: Evaluation, url: UrlTemplate, part: PartName): string | undefined {
  const key = baseKey(evaluation, url, part);
  const value = key === undefined ? undefined : evaluation.data.get(key);
  if (value === undefined || value.size > MAX_TEXT_BYTES) return undefined;
  return value.withPlaintext(({ text }) => text?.trim() || undefined);
}

const loginInUrl = ({ data, request: { secret } }: Evaluation, key: string): Login | undefined =>
  urlLoginIn({ ...secret, data }, key);

/** The login in the URL that a key holds. Undefined if the value is no URL of these systems. */
export function urlLoginIn(secret: Secret, key: string, systems = TRIED): Login | undefined {
  const value = secret.data.get(key);
  if (value === undefined || value.size > MAX_TEXT_BYTES) return undefined;
  return value.withPlaintext((plain) => {
    if (connectionPassword(plain) === undefined) return undefined;
    const connection = parsedConnection(plain);
    return connection !== undefined && systems.includes(connection.system)
      ? fromConnection(key, connection, secret)
      : undefined;
  });
}

/** The login of a URL of Redis without a password, by which a client logs in to a server that asks for none. */
export function openLoginIn(secret: Secret, key: string): Login | undefined {
  const value = secret.data.get(key);
  if (value === undefined || value.size > MAX_TEXT_BYTES) return undefined;
  return value.withPlaintext((plain) => {
    const connection = parsedConnection(plain);
    if (connection?.system !== 'redis' || connection.password !== undefined) return undefined;
    return fromConnection(key, { ...connection, password: NO_PASSWORD }, secret);
  });
}

const NO_PASSWORD: Part = { value: '', start: 0, end: 0, portable: true };

function fromConnection(
  key: string,
  { scheme, system, user, password, host, port, database, params }: ConnectionString,
  secret: Secret,
): Login | undefined {
  const { user: defaultUser, tls, ports } = systemNamed(system);
  const [name, at] = [user?.value || defaultUser, hostOf(host?.value, secret)];
  if (name === undefined || password === undefined) return undefined;
  return {
    ...ofSystem(system),
    key,
    source: key,
    user: name,
    host: at,
    address: host?.value || undefined,
    sslmode:
      system === 'redis'
        ? tls[scheme.toLowerCase()] === undefined
          ? 'disable'
          : 'verify-full'
        : params.get('sslmode')?.value,
    // A URL that names a server and no port means the usual one.
    port: port?.value || (at === undefined ? undefined : ports[0]),
    database: database?.value || undefined,
    password: Sensitive.fromText(password.value),
  };
}

const hostOf = (host: string | undefined, { namespace }: Secret): string | undefined =>
  host === undefined || host === '' ? undefined : shortHost(host, namespace);
