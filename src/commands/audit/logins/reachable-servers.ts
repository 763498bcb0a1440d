import type { DatabasePort } from '../../../controllers/ports.ts';
import { isUnanswered } from '../../../engine/login/login-finding.ts';
import type { LoginResult } from '../../../engine/login/login-result.ts';
import { postgresAdapter } from '../../adapters/postgres-adapter.ts';

/** The limit of servers that are remembered. */
const MAX_SERVERS = 10_000;

/** The port to PostgreSQL. A server that has not answered is not tried again: many logins may be on it. */
export function reachableServers(timeout: number): DatabasePort {
  const adapter = postgresAdapter(undefined, timeout);
  const unanswered = new Map<string, LoginResult>();
  return {
    ...adapter,
    tryLogin: async (target, credential) => {
      const server = `${target.host}:${target.port}`;
      const known = unanswered.get(server);
      if (known !== undefined) return known;
      const result = await adapter.tryLogin(target, credential);
      if (isUnanswered(result.kind) && unanswered.size < MAX_SERVERS) unanswered.set(server, result);
      return result;
    },
  };
}
