import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import type { LoginServer } from '../credential/login-server.ts';
import type { ReconcileInput } from '../credential/reconcile-input.ts';
import { type PostgresDeps, postgresServer } from '../postgres/postgres-server.ts';
import { type RedisDeps, redisServer } from '../redis/redis-server.ts';

/** The reach of all kinds of servers. */
export type ServerDeps = PostgresDeps & RedisDeps;

/** The server of that login. */
export const loginServerOf = ({ spec }: ServerCredential, deps: ServerDeps): LoginServer<ReconcileInput> =>
  spec.keys.system === 'redis' ? redisServer(deps) : postgresServer(deps);
