import type { CredentialNeeds } from '../../controllers/credential/reconcile-input.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors.ts';
import type { ApiCall, Cluster } from '../../kube/client/connect.ts';

/**
 * The same cluster, to which nothing is written where `mayWrite` says no. A process that was frozen in the middle of its work goes on
 * with the answer of its last call, before the timer runs that would tell it that its Lease has ended.
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

type PostgresNeeds = Pick<CredentialNeeds, 'tryLogin' | 'openServer'>;

/** The same servers of PostgreSQL, on which nothing is changed where `mayWrite` says no. */
export function guardedPostgres(postgres: PostgresNeeds, mayWrite: () => boolean): PostgresNeeds {
  return {
    ...postgres,
    openServer: async (...target) => guardedServer(await postgres.openServer(...target), mayWrite),
  };
}

function guardedServer<Server extends RoleServer>(server: Server, mayWrite: () => boolean): Server {
  const ifLeading =
    <Args extends readonly unknown[], Result>(action: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (!mayWrite()) throw new LockstepError('LEADERSHIP_LOST', ['changing a role of PostgreSQL']);
      return await action(...args);
    };
  return {
    ...server,
    setPassword: ifLeading(server.setPassword),
    removeMark: ifLeading(server.removeMark),
    makeAlternate: ifLeading(server.makeAlternate),
  };
}
