import { matchingPolicies } from '../../policy/match/match.ts';
import type { Policy } from '../../policy/policy.ts';
import { isPort } from '../../review/derivation/base-key-check.ts';
import { type Evaluation, evaluationOf, keyByName } from '../../review/evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import { readConnection } from '../../value/uri/read.ts';
import type { CredentialSpec } from '../credential-schema/compile.ts';
import { type ServerTarget, type Tls, tlsModeOf } from '../server/target.ts';
import { MAX_NAME_BYTES, readPassword, readText, type SecretFault } from './read-value.ts';
import { isLoginOf, isOfSeveralServers } from './url-passwords.ts';

/** The login in a Secret, and its server. The certificate of a CA is not included: see `ca-in-secret.ts`. */
export interface SecretLogin {
  readonly credential: Credential;
  readonly target: ServerTarget;
}

type LoginSpec = Pick<CredentialSpec, 'keys' | 'server'>;

/**
 * The login that a PostgresCredential selects, or its missing part. `policies` give the other spellings of
 * POSTGRES_HOST and POSTGRES_PORT.
 */
export function loginInSecret(
  secret: Secret,
  spec: LoginSpec,
  policies: readonly Policy[] = [],
): SecretLogin | SecretFault {
  const credential = credentialIn(secret, spec);
  if ('fault' in credential) return credential;
  const url = urlOf(secret, credential, 'postgres');
  const server = serverOf(secret, spec.server, policies, url, 'postgres') ?? NO_SERVER;
  if ('fault' in server) return server;
  const database = databaseIn(secret, spec, url) ?? { text: credential.role };
  if ('fault' in database) return database;
  const mode = spec.server.tls?.mode ?? tlsModeOf(url?.sslmode) ?? 'prefer';
  return { credential, target: targetOf(server, database.text, mode, secret.namespace) };
}

function credentialIn({ data }: Secret, { keys }: LoginSpec): Credential | SecretFault {
  const role = readText(data, keys.user, MAX_NAME_BYTES);
  if (role === undefined) return missing(keys.user, 'user');
  if ('fault' in role) return role;
  const password = readPassword(data, keys.password);
  if (password === undefined) return missing(keys.password, 'password');
  return 'fault' in password ? password : { role: role.text, ...password };
}

const missing = (key: string, field: string): SecretFault => ({
  fault: `the Secret has no value under ${key}: set it, or name the key that has it under spec.keys.${field}`,
});

/** The default database has the name of the role, as in libpq and the official image. */
function databaseIn(
  { data }: Secret,
  { keys }: LoginSpec,
  url: UrlServer | undefined,
): { readonly text: string } | SecretFault | undefined {
  const under = readText(data, keys.database, MAX_NAME_BYTES);
  return under ?? (url?.database ? { text: url.database } : undefined);
}

/** The server in a connection string. */
interface UrlServer {
  readonly key: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly sslmode: string | undefined;
  /** It has the same password. */
  readonly isInSync: boolean;
  /** It names no server, but Sentinels or the nodes of a cluster. */
  readonly isOfSeveral: boolean;
}

/** The connection string of this login. One with the same password is preferred to one that only has the same role. */
export function urlOf(secret: Secret, credential: Credential, system: SecretSystem): UrlServer | undefined {
  const urls = urlsOf(secret, credential, system).filter(({ isOfSeveral }) => !isOfSeveral);
  return urls.find(({ isInSync }) => isInSync) ?? urls[0];
}

/** The connection strings with the role of this login. */
export const urlsOf = (
  { data }: Secret,
  credential: Credential,
  system: SecretSystem,
): readonly UrlServer[] =>
  [...data].flatMap(([key, value]) =>
    value.size > MAX_TEXT_BYTES ? [] : (urlIn(key, value, credential, system) ?? []),
  );

function urlIn(
  key: string,
  value: Sensitive,
  { role, password }: Credential,
  system: SecretSystem,
): UrlServer | undefined {
  return value.withPlaintext(({ text = '' }) =>
    password.withPlaintext(({ text: known = '' }) => {
      if (!text.includes('=') && !text.includes('://')) return undefined;
      const connection = readConnection(text, { password: known });
      if (connection === undefined || !isLoginOf(connection, system, role)) return undefined;
      return {
        key,
        scheme: connection.scheme.toLowerCase(),
        host: connection.host?.value ?? '',
        port: connection.port?.value ?? '',
        database: connection.database?.value ?? '',
        sslmode: connection.params.get('sslmode')?.value,
        isInSync: connection.password?.value === known,
        isOfSeveral: isOfSeveralServers(connection),
      };
    }),
  );
}

interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A system whose server a Secret may name, in the table of systems. */
type SecretSystem = 'postgres' | 'redis';

/**
 * The object comes first, then the base keys, because the URL may name a pooler. Undefined if none of them names a
 * server.
 */
export function serverOf(
  secret: Secret,
  server: LoginSpec['server'],
  policies: readonly Policy[],
  url: UrlServer | undefined,
  system: SecretSystem,
): ServerAddress | SecretFault | undefined {
  const defaultPort = Number(systemNamed(system).ports[0]);
  if (server.host !== undefined) return { host: server.host, port: server.port ?? defaultPort };
  const evaluation = evaluationForSecret(secret, policies);
  const [hostKey, portKey] = BASE_KEYS[system].map((name) => keyByName(evaluation, name)) as [string, string];
  const host = readText(secret.data, hostKey, MAX_HOST_BYTES);
  if (host !== undefined && 'fault' in host) return host;
  const port = readText(secret.data, portKey, MAX_HOST_BYTES);
  if (port !== undefined && 'fault' in port) return port;
  if (host === undefined) {
    if (url === undefined || url.host === '') return undefined;
    return parseServer(url.host, url.port || port?.text, 'its URL', defaultPort);
  }
  const sameInUrl = url?.host === host.text ? url.port : undefined;
  return parseServer(host.text, port?.text ?? sameInUrl, hostKey, defaultPort);
}

const BASE_KEYS = {
  postgres: ['POSTGRES_HOST', 'POSTGRES_PORT'],
  redis: ['REDIS_HOST', 'REDIS_PORT'],
} as const;

export const NO_SERVER: SecretFault = {
  fault: 'the Secret names no server: set POSTGRES_HOST in it, or spec.server.host',
};

/** In bytes. A DNS name has at most 253, and the folder of a socket at most 107. */
const MAX_HOST_BYTES = 253;

function evaluationForSecret(secret: Secret, policies: readonly Policy[]): Evaluation {
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  return evaluationOf(request, matchingPolicies(request, policies));
}

/** A name, an address, or the folder of a socket. */
const HOST =
  /^(\/[^\s,@?#]*|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9._])?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$/;

function parseServer(
  written: string,
  port: string | undefined,
  where: string,
  defaultPort: number,
): ServerAddress | SecretFault {
  const host = written.replace(/^\[(.*)\]$/, '$1');
  if (host.includes(','))
    return { fault: `${where} names several servers: name the one that takes writes under spec.server.host` };
  if (!HOST.test(host))
    return { fault: `${where} names no host that can be reached: correct it, or set spec.server.host` };
  if (port === undefined || port === '') return { host, port: defaultPort };
  return isPort(port)
    ? { host, port: Number(port) }
    : { fault: `the port next to the host in ${where} is invalid: write a number from 1 to 65535` };
}

export function targetOf(
  { host, port }: ServerAddress,
  database: string,
  mode: Tls['mode'],
  namespace: string,
): ServerTarget {
  const resolved = hostFromNamespace(namespace, host);
  return { host: resolved, port, database, tls: { mode, ...(resolved !== host && { name: host }) } };
}

/** A name without a dot is a Service in the namespace of the Secret, as for a pod there. */
export function hostFromNamespace(namespace: string, host: string): string {
  const isService = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i.test(host) && host.toLowerCase() !== 'localhost';
  return isService && namespace !== '' ? `${host}.${namespace}.svc` : host;
}
