import type { DatabasePort } from '../../controllers/ports.ts';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { ServerNetworks } from '../../dial/server-networks.ts';
import { LockstepError } from '../../errors/errors.ts';
import { tryLogin } from '../../postgres/protocol/login.ts';
import { openRoleServer } from '../../postgres/roles/open-role-server.ts';

/** Limits one login, and one statement. */
const TIMEOUT_MS = 10_000;

/**
 * The port to PostgreSQL servers. `networks` limits the addresses of servers. A command of a person
 * has no limit. A password change that is in progress at the signal runs to its end, because half a change locks
 * clients out.
 */
export function postgresAdapter(networks?: ServerNetworks, timeout = TIMEOUT_MS): DatabasePort {
  const options = { timeout, networks };
  return {
    tryLogin: (target, credential) => tryLogin(target, credential, options),
    openServer: async (target, credential, scope) => {
      try {
        return await openRoleServer(target, credential, { ...scope, ...options });
      } catch (error) {
        if (!(error instanceof LoginFailure)) throw error;
        throw new LockstepError(
          'POSTGRES_CONNECTION_FAILURE',
          [scope.server, 'logging in', error.fault],
          error,
        );
      }
    },
  };
}
