import { matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { isPort } from '../../review/derivation/base-key-check.ts';
import { evaluationOf, keyByName } from '../../review/evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import { parsedConnection } from '../../review/evaluation/parsed-connection.ts';
import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { withoutClusterDomain } from '../../value/uri/hosts.ts';
import { loginInSecret, NO_SERVER } from '../in-secret/login-in-secret.ts';
import { type LoginKeys, serverKeysOf } from '../in-secret/login-keys.ts';
import { urlLoginIn } from '../in-secret/logins.ts';
import type { SecretFault } from '../in-secret/read-value.ts';
import { type ServerTarget, type Tls, tlsModeOf } from '../server/target.ts';
import { NO_SERVER as NO_REDIS_SERVER, REDIS } from '../server-kinds/redis.ts';

export const POSTGRES_PORT = 5432;

/** The server of a login for `spec.server`. `host` has the spelling of the Secret, of a Service or of a variable. */
export interface NamedServer {
  readonly host: string;
  readonly port: number;
  /** A noun: `POSTGRES_HOST of the Secret`. */
  readonly source: string;
}

/** The login as the controller will read it. */
export interface StatedLogin {
  readonly credential: Credential;
  /** Undefined if the Secret names no server. A fault if it names one that can't be used. */
  readonly server: NamedServer | SecretFault | undefined;
  /** The mode that the URL of the login asks for. */
  readonly tls: Tls['mode'];
  readonly database: string;
  /**
   * The place of its name. `url` is the key of a URL without the login, which the controller does not read. `nowhere`:
   * the database has the name of the role.
   */
  readonly databaseIn: 'login' | { readonly url: string } | 'nowhere';
}

const specKeysOf = ({ user, password, database = 'POSTGRES_DB' }: LoginKeys) => ({
  user,
  password,
  database,
});

/** A fault if user or password can't be used. */
function statedRedisLogin(
  secret: Secret,
  keys: LoginKeys,
  policies: readonly Policy[],
): StatedLogin | SecretFault {
  const spec = { keys: { ...keys, database: '' }, server: {} };
  const any = REDIS.loginIn(secret, { ...spec, server: { host: 'any' } }, policies);
  if ('fault' in any) return any;
  const named = REDIS.loginIn(secret, spec, policies);
  const login = { credential: any.credential, database: '', databaseIn: 'login' } as const;
  if ('fault' in named)
    return { ...login, server: named === NO_REDIS_SERVER ? undefined : named, tls: 'disable' };
  const { target } = named;
  return {
    ...login,
    server: serverIn(secret, target, heldKey(secret, 'REDIS_HOST', policies)),
    tls: target.tls.mode,
  };
}

/** A fault if user, password or database can't be used. */
export function statedLogin(
  secret: Secret,
  keys: LoginKeys,
  policies: readonly Policy[],
): StatedLogin | SecretFault {
  if (keys.system === 'redis') return statedRedisLogin(secret, keys, policies);
  const spec = { keys: specKeysOf(keys), server: { host: 'any' } };
  const any = loginInSecret(secret, spec, policies);
  if ('fault' in any) return any;
  const { credential, target } = any;
  const hostKeys = hostKeysOf(secret, keys, policies);
  const named = loginInSecret(withServerOf(secret, hostKeys), { ...spec, server: {} }, policies);
  const url = named === NO_SERVER ? urlWithoutLogin(secret) : undefined;
  const found =
    url === undefined
      ? named
      : loginInSecret(withValues(secret, url.values), { ...spec, server: {} }, policies);
  const server =
    found === NO_SERVER
      ? undefined
      : 'fault' in found
        ? found
        : serverIn(secret, found.target, url?.key ?? hostKeys.host);
  const isNamed = hasDatabase(secret, spec.keys.database);
  return {
    credential,
    server,
    tls: url?.tls ?? target.tls.mode,
    database: isNamed ? target.database : (url?.database ?? target.database),
    databaseIn: isNamed ? 'login' : url?.database === undefined ? 'nowhere' : { url: url.key },
  };
}

const hasDatabase = (secret: Secret, key: string): boolean =>
  secret.data.get(key)?.isEmpty === false ||
  [...secret.data.keys()].some((one) => urlLoginIn(secret, one, ['postgres'])?.database !== undefined);

interface UrlWithoutLogin {
  readonly key: string;
  readonly values: Readonly<Record<string, Sensitive>>;
  readonly database: string | undefined;
  readonly tls: Tls['mode'] | undefined;
}

/** `jdbc:postgresql://db:5432/shop` next to the keys of a login. */
function urlWithoutLogin({ data }: Secret): UrlWithoutLogin | undefined {
  for (const [key, value] of data) {
    if (value.isEmpty || value.size > MAX_TEXT_BYTES) continue;
    const url = value.withPlaintext((plain): UrlWithoutLogin | undefined => {
      const { system, user, host, port, database, params } = parsedConnection(plain) ?? {};
      if (system !== 'postgres' || user?.value || !host?.value) return undefined;
      const values = {
        POSTGRES_HOST: Sensitive.fromText(host.value),
        ...(port?.value && { POSTGRES_PORT: Sensitive.fromText(port.value) }),
      };
      const tls = tlsModeOf(params?.get('sslmode')?.value);
      return { key, values, database: database?.value || undefined, tls };
    });
    if (url !== undefined) return url;
  }
  return undefined;
}

export const withValues = (secret: Secret, values: Readonly<Record<string, Sensitive>>): Secret => ({
  ...secret,
  data: new Map([...secret.data, ...Object.entries(values)]),
});

interface HostKeys {
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/** The keys next to the login, such as `host` next to `password`, and otherwise those that the policies name. */
function hostKeysOf(secret: Secret, keys: LoginKeys, policies: readonly Policy[]): HostKeys {
  const own = serverKeysOf(secret, keys);
  if (own.host !== undefined) return own;
  const host = heldKey(secret, 'POSTGRES_HOST', policies);
  return { host, port: host === undefined ? own.port : heldKey(secret, 'POSTGRES_PORT', policies) };
}

/** The key that has this name in the policies. Undefined if the Secret has no value under it. */
function heldKey(secret: Secret, name: string, policies: readonly Policy[]): string | undefined {
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  const key = keyByName(evaluationOf(request, matchingPolicies(request, policies)), name);
  return secret.data.get(key)?.isEmpty === false ? key : undefined;
}

/** The same Secret with its server under the names that every policy reads. */
function withServerOf(secret: Secret, { host, port }: HostKeys): Secret {
  const valueUnder = (key: string | undefined): Sensitive | undefined =>
    key === undefined ? undefined : secret.data.get(key);
  const [hostValue, portValue] = [valueUnder(host), valueUnder(port)];
  return withValues(secret, {
    ...(hostValue && { POSTGRES_HOST: hostValue }),
    ...(portValue && { POSTGRES_PORT: portValue }),
  });
}

function serverIn(
  secret: Secret,
  { host, port, tls, system }: ServerTarget,
  key: string | undefined,
): NamedServer | SecretFault {
  const written = tls.name ?? host;
  if (written.startsWith('/'))
    return { fault: 'the Secret names the folder of a socket, which no other pod can use: name the Service' };
  // The value of a swapped key must not be printed.
  const isSecretValue = [...secret.data].some(
    ([key, value]) => isSensitiveKey(key) && value.withPlaintext(({ text }) => text === written),
  );
  if (isSecretValue) return { fault: 'the host in the Secret is the value of a sensitive key: correct it' };
  const systems = [system ?? 'postgres'];
  const source =
    key ?? [...secret.data.keys()].find((key) => urlLoginIn(secret, key, systems)?.address === written);
  return { host: written, port, source: source === undefined ? 'the Secret' : `${source} of the Secret` };
}

/** The server that variables of a workload name in clear: `DB_HOST` next to a password of the Secret. */
export function namedServer(
  workload: string,
  variables: ReadonlyMap<string, string>,
): NamedServer | undefined {
  for (const prefix of VARIABLE_PREFIXES) {
    const host = variables.get(`${prefix}HOST`) ?? '';
    const port = variables.get(`${prefix}PORT`) ?? String(POSTGRES_PORT);
    if (!HOST.test(host) || !isPort(port)) continue;
    return { host, port: Number(port), source: `${prefix}HOST of ${workload}` };
  }
  return undefined;
}

const VARIABLE_PREFIXES = ['POSTGRES_', 'POSTGRESQL_', 'PG', 'DB_', 'DATABASE_'];

/** Neither a list nor the folder of a socket. */
const HOST = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;

/** A name without a dot, and the names of a Service that end with its namespace. Undefined for another host. */
export function serviceOfHost(
  host: string,
  namespace: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [name = '', own = namespace, ...rest] = canonicalHost(host, namespace).split('.');
  const isService = /^[a-z0-9-]+$/.test(name) && rest.length === 0 && name !== 'localhost';
  const isSpelledOut = /\.svc(\.cluster\.local)?\.?$/i.test(host) || !host.includes('.') || own === namespace;
  return isService && isSpelledOut ? { namespace: own, name } : undefined;
}

/** The same text for each spelling of one Service: `db`, `db.shop` and `db.shop.svc.cluster.local` in `shop`. */
export function canonicalHost(host: string, namespace: string): string {
  const name = withoutClusterDomain(host);
  return /^[a-z0-9-]+$/.test(name) && name !== 'localhost' ? `${name}.${namespace}` : name;
}
