import type { DatabasePort, RedisPort } from '../../controllers/ports.ts';
import type { RoleServer } from '../../engine/login/postgres/role-server.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ApiCall, Cluster } from '../../kube/client/connect.ts';

/**
 * The same cluster, which refuses writes if `mayWrite` returns false. A process that was frozen in its work resumes
 * with the answer of its last call. The timer that reports the end of its Lease runs only later.
 */
export function guardedCluster(cluster: Cluster, mayWrite: () => boolean): Cluster {
  return {
    ...cluster,
    call: async (call) => {
      if (isWriteCall(call) && !mayWrite()) throw new LockstepError('LEADERSHIP_LOST', [requestText(call)]);
      return await cluster.call(call);
    },
  };
}

const isWriteCall = ({ method = 'GET' }: ApiCall): boolean => method !== 'GET';

const requestText = ({ method, path }: ApiCall): string => `sending ${method} ${path}`;

/** The same PostgreSQL servers, which refuse changes if `mayWrite` returns false. */
export function guardedPostgres(postgres: DatabasePort, mayWrite: () => boolean): DatabasePort {
  return {
    ...postgres,
    openServer: async (...target) => guardedServer(await postgres.openServer(...target), mayWrite),
  };
}

/** The same Redis servers, which refuse changes if `mayWrite` returns false. */
export function guardedRedis(redis: RedisPort, mayWrite: () => boolean): RedisPort {
  return {
    ...redis,
    openServer: async (...target) => {
      const server = await redis.openServer(...target);
      const ifLeading = whileLeading(mayWrite, 'changing a user of Redis');
      return { ...server, changePasswords: ifLeading(server.changePasswords), save: ifLeading(server.save) };
    },
  };
}

function guardedServer<Server extends RoleServer>(server: Server, mayWrite: () => boolean): Server {
  const ifLeading = whileLeading(mayWrite, 'changing a role of PostgreSQL');
  return {
    ...server,
    setPassword: ifLeading(server.setPassword),
    removeMark: ifLeading(server.removeMark),
    makeAlternate: ifLeading(server.makeAlternate),
  };
}

const whileLeading =
  (mayWrite: () => boolean, doing: string) =>
  <Args extends readonly unknown[], Result>(action: (...args: Args) => Promise<Result>) =>
  async (...args: Args): Promise<Result> => {
    if (!mayWrite()) throw new LockstepError('LEADERSHIP_LOST', [doing]);
    return await action(...args);
  };
