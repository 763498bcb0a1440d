import type { RedisPort } from '../../controllers/ports.ts';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { ServerNetworks } from '../../dial/server-networks.ts';
import { LockstepError } from '../../errors/errors.ts';
import { CommandFailure } from '../../redis/client.ts';
import { tryLogin } from '../../redis/login.ts';
import { openUserServer } from '../../redis/user-server.ts';

/** Limits one login, and one command. */
const TIMEOUT_MS = 10_000;

/** The port to Redis servers. `networks` limits the addresses of servers. */
export function redisAdapter(networks?: ServerNetworks, timeout = TIMEOUT_MS): RedisPort {
  const options = { timeout, networks };
  return {
    tryLogin: (target, credential) => tryLogin(target, credential, options),
    openServer: async (target, credential, { as, mayChange, server, roleLabel }) => {
      const scope = {
        mayChange: as === 'admin' ? mayChange : [credential.role],
        server,
        describeUser: roleLabel,
      };
      try {
        return await openUserServer(target, credential, { ...scope, ...options });
      } catch (error) {
        if (!(error instanceof LoginFailure) && !(error instanceof CommandFailure)) throw error;
        throw new LockstepError('REDIS_CONNECTION_FAILURE', [server, 'logging in', error.message], error);
      }
    },
  };
}
