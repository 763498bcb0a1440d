import { createHash } from 'node:crypto';
import { Redis as Client } from 'ioredis';
import { buildUrl } from '../../../src/engine/value/uri/encode.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { aCanary } from '../canary/canary.ts';
import {
  aSecret,
  objectsOf,
  putCredential,
  putReaders,
  REDIS_LOGIN,
  type Team,
  type TeamOptions,
  type Texts,
  teamOf,
} from '../credential/team.ts';

type Address = Pick<Redis, 'host' | 'port'>;

export interface RedisTeamOptions
  extends Pick<TeamOptions, 'at' | 'pods' | 'deployment' | 'spec' | 'password' | 'role' | 'values'> {
  /** An administrator changes the user. Without one the user changes itself. */
  readonly admin?: boolean;
  /** The rules of the user next to its password. */
  readonly rules?: readonly string[];
}

/** The administrator of each server, if a test gives it this line. */
export const REDIS_ADMIN = { user: 'boss', password: aCanary(24) };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const REDIS_ADMIN_LINE = `user ${REDIS_ADMIN.user} on #${sha256(REDIS_ADMIN.password)} ~* &* +@all`;

/** A login on a real Redis server, before it has an object. */
export interface RedisLogin {
  /** For the Secret. */
  readonly values: Texts;
  /** Creates the RedisCredential. */
  create(): Promise<Team>;
}

/** A user of that server. `default` has its password there already, and no name in the Secret. */
export async function aRedisLogin(
  cluster: Cluster,
  server: Redis,
  namespace: string,
  options: RedisTeamOptions = {},
): Promise<RedisLogin> {
  const { password = aCanary(24), at = server, admin = false, rules = ['on', '~*', '&*', '+@all'] } = options;
  const role = options.role ?? `app_${namespace.replaceAll('-', '_')}`;
  const isDefault = role === 'default';
  if (!isDefault) await server.send(['ACL', 'SETUSER', role, `>${password}`, ...rules]);
  const { host, port } = at;
  const url = buildUrl({
    scheme: 'redis',
    user: isDefault ? '' : role,
    password,
    host,
    port: `${port}`,
    database: '0',
  });
  return {
    values: {
      ...(isDefault ? {} : { REDIS_USERNAME: role }),
      REDIS_PASSWORD: password,
      REDIS_HOST: host,
      REDIS_PORT: `${port}`,
      REDIS_URL: url,
    },
    create: async () => {
      if (admin) {
        const { user, password } = REDIS_ADMIN;
        const values = { REDIS_USERNAME: user, REDIS_PASSWORD: password };
        await objectsOf(cluster, namespace).put('secrets', aSecret('redis-admin', values));
      }
      const spec = {
        secretName: 'app',
        ...(admin && { adminSecretName: 'redis-admin', server: { host, port } }),
        ...options.spec,
      };
      await putCredential(cluster, namespace, REDIS_LOGIN, spec);
      const place = { namespace, name: 'app' };
      const passwords = new Set([password]);
      return teamOf(cluster, { kind: REDIS_LOGIN, place, role, strategy: 'SingleUser', passwords });
    },
  };
}

/** A namespace with the Secret `app`, a login on a real Redis server, and its consumers. */
export async function aRedisTeam(
  { cluster }: { readonly cluster: Cluster },
  server: Redis,
  namespace: string,
  options: RedisTeamOptions = {},
): Promise<Team> {
  const { values, create } = await aRedisLogin(cluster, server, namespace, options);
  const { pods = 1, deployment } = options;
  await putReaders(cluster, namespace, pods, deployment, { ...values, ...options.values });
  return create();
}

/** Undefined if the server lets the user in, or else the code of its error. */
export async function redisLogin(
  { host, port }: Address,
  { role, password }: { readonly role: string; readonly password: string },
): Promise<string | undefined> {
  const client = new Client({ host, port, ...QUIET });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.call('AUTH', role, password);
    await client.ping();
    return undefined;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return code ?? message.split(' ')[0];
  } finally {
    client.disconnect();
  }
}

export async function canLogInToRedis(
  server: Address,
  login: { readonly role: string; readonly password: string },
): Promise<boolean> {
  const code = await redisLogin(server, login);
  if (code !== undefined && code !== 'WRONGPASS') throw new Error(code);
  return code === undefined;
}

/** As the driver reads it, without its host, which may be a proxy. */
export async function redisByUrl(
  url: string,
  { host, port }: Address,
): Promise<readonly (readonly [string, boolean])[]> {
  const client = new Client(url, { host, port, ...QUIET });
  client.on('error', () => {});
  try {
    await client.connect();
    return [['ioredis', (await client.ping()) === 'PONG']];
  } catch {
    return [['ioredis', false]];
  } finally {
    client.disconnect();
  }
}

/** The client sends nothing of its own, and never connects again. */
const QUIET = {
  protocol: 2,
  lazyConnect: true,
  retryStrategy: null,
  enableReadyCheck: false,
  disableClientInfo: true,
} as const;

export async function passwordCount(server: Redis, user: string): Promise<number> {
  const reply = (await server.send(['ACL', 'GETUSER', user])) as readonly unknown[];
  return (reply[reply.indexOf('passwords') + 1] as readonly unknown[]).length;
}
