import { hostFromNamespace } from '../login/login-in-secret.ts';
import { MAX_NAME_BYTES, readPassword, readText, type SecretFault } from '../login/read-value.ts';
import type { Credential } from '../record/credential.ts';
import { redisLoginSentence } from '../redis/login-messages.ts';
import type { Secret } from '../secret/secret.ts';
import type { ServerKind } from './server-kind.ts';

const DEFAULT_PORT = 6379;
/** The user of a server that has only `requirepass`. */
const DEFAULT_USER = 'default';

export const REDIS: ServerKind = {
  object: 'RedisCredential',
  account: 'user',
  sentence: redisLoginSentence,
  loginIn: ({ data, namespace }, { keys, server }) => {
    const credential = credentialUnder(data, keys);
    if ('fault' in credential) return credential;
    const { host, port = DEFAULT_PORT, tls } = server;
    if (host === undefined) return { fault: 'spec.server.host names no server: set it' };
    const resolved = hostFromNamespace(namespace, host);
    const name = resolved === host ? undefined : host;
    const target = { host: resolved, port, database: '', tls: { mode: tls?.mode ?? 'disable', name } };
    return { credential, target };
  },
  administratorIn: ({ data }) => {
    const keys = ADMIN_KEYS.find(({ password }) => data.get(password)?.isEmpty === false) ?? ADMIN_KEYS[0];
    return credentialUnder(data, keys);
  },
  // A password is sent in clear, as by each client. So the author of the object chooses TLS.
  administratorTarget: (target) => target,
};

const ADMIN_KEYS = [
  { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD' },
  { user: 'username', password: 'password' },
] as const;

function credentialUnder(
  data: Secret['data'],
  keys: { readonly user: string; readonly password: string },
): Credential | SecretFault {
  const role = readText(data, keys.user, MAX_NAME_BYTES) ?? { text: DEFAULT_USER };
  if ('fault' in role) return role;
  const password = readPassword(data, keys.password);
  if (password === undefined) return { fault: `the Secret has no value under ${keys.password}: set it` };
  return 'fault' in password ? password : { role: role.text, ...password };
}
