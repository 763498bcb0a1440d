import type { Credential } from '../../secret/record/credential.ts';
import type { Secret } from '../../secret/secret.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import { serverOf, targetOf, urlOf, urlsOf } from '../in-secret/login-in-secret.ts';
import { MAX_NAME_BYTES, readPassword, readText, type SecretFault } from '../in-secret/read-value.ts';
import { redisLoginMessage } from '../redis/login-messages.ts';
import type { ServerKind } from './server-kind.ts';

/** The user of a server that has only `requirepass`. */
const DEFAULT_USER = 'default';

export const REDIS: ServerKind = {
  object: 'RedisCredential',
  account: 'user',
  allowed: 'allowedUsers',
  message: redisLoginMessage,
  loginIn: (secret, { keys, server }, policies) => {
    const credential = credentialUnder(
      secret.data,
      keys,
      ', or name the key that has it under spec.keys.password',
    );
    if ('fault' in credential) return credential;
    const ofSeveral = urlsOf(secret, credential, 'redis').find((one) => one.isOfSeveral && one.isInSync);
    if (ofSeveral !== undefined) return { fault: `${ofSeveral.key} ${OF_SEVERAL}` };
    const url = urlOf(secret, credential, 'redis');
    const address = serverOf(secret, server, policies, url, 'redis') ?? NO_SERVER;
    if ('fault' in address) return address;
    // A client with a URL `rediss` verifies the chain and the name, and one with `redis` speaks no TLS.
    const isTls = url !== undefined && Object.hasOwn(systemNamed('redis').tls, url.scheme);
    const mode = server.tls?.mode ?? (isTls ? 'verify-full' : 'disable');
    return { credential, target: { ...targetOf(address, '', mode, secret.namespace), system: 'redis' } };
  },
  administratorIn: ({ data }) => {
    const keys = ADMIN_KEYS.find(({ password }) => data.get(password)?.isEmpty === false) ?? ADMIN_KEYS[0];
    return credentialUnder(data, keys);
  },
  // A password is sent in clear, as by each client. So the author of the object chooses TLS.
  administratorTarget: (target) => target,
};

export const NO_SERVER: SecretFault = {
  fault:
    'the Secret names no server: set REDIS_HOST in it, or spec.server.host. A URL of another user, of Sentinels or of a cluster does not count',
};

const OF_SEVERAL =
  'has this login for Sentinels or a cluster, whose passwords lockstep does not change yet: delete the key, or the RedisCredential';

const ADMIN_KEYS = [
  { user: 'REDIS_USERNAME', password: 'REDIS_PASSWORD' },
  { user: 'username', password: 'password' },
] as const;

function credentialUnder(
  data: Secret['data'],
  keys: { readonly user: string; readonly password: string },
  otherFix = '',
): Credential | SecretFault {
  const role = readText(data, keys.user, MAX_NAME_BYTES) ?? { text: DEFAULT_USER };
  if ('fault' in role) return role;
  const password = readPassword(data, keys.password);
  if (password === undefined)
    return { fault: `the Secret has no value under ${keys.password}: set it${otherFix}` };
  return 'fault' in password ? password : { role: role.text, ...password };
}
