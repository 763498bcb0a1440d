import type { DatabasePort, Ports } from '../../../controllers/ports.ts';
import { isUnanswered } from '../../../engine/login/result/login-finding.ts';
import type { LoginResult } from '../../../engine/login/result/login-result.ts';
import { postgresAdapter } from '../../adapters/postgres-adapter.ts';
import { redisAdapter } from '../../adapters/redis-adapter.ts';

/** The limit of servers that are remembered. */
const MAX_SERVERS = 10_000;

/** The ports to servers. A server that has not answered is not tried again: many logins may be on it. */
export function reachableServers(timeout: number): Pick<Ports, 'databases' | 'redis'> {
  const unanswered = new Map<string, LoginResult>();
  const remembering =
    (tryLogin: DatabasePort['tryLogin']): DatabasePort['tryLogin'] =>
    async (target, credential) => {
      const server = `${target.host}:${target.port}`;
      const known = unanswered.get(server);
      if (known !== undefined) return known;
      const result = await tryLogin(target, credential);
      if (isUnanswered(result.kind) && unanswered.size < MAX_SERVERS) unanswered.set(server, result);
      return result;
    };
  const [databases, redis] = [postgresAdapter(undefined, timeout), redisAdapter(undefined, timeout)];
  return {
    databases: { ...databases, tryLogin: remembering(databases.tryLogin) },
    redis: { ...redis, tryLogin: remembering(redis.tryLogin) },
  };
}
