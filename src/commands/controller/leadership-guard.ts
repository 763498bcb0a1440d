import type { CredentialNeeds } from '../../controllers/credential/reconcile-input.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import { LockstepError } from '../../errors.ts';
import type { Call, Cluster } from '../../kube/client/connect.ts';

/**
 * The same cluster, to which nothing is written where `mayWrite` says no. A process that was frozen in the middle of its work goes on
 * with the answer of its last call, before the timer runs that would tell it that its Lease has ended.
 */
export function clusterWhileLeading(cluster: Cluster, mayWrite: () => boolean): Cluster {
  return {
    ...cluster,
    call: async (call) => {
      if (isWrite(call) && !mayWrite()) throw new LockstepError('LEADERSHIP_LOST', [doing(call)]);
      return await cluster.call(call);
    },
  };
}

const isWrite = ({ method = 'GET' }: Call): boolean => method !== 'GET';

const doing = ({ method, path }: Call): string => `sending ${method} ${path}`;

type Postgres = Pick<CredentialNeeds, 'tryLogin' | 'openServer'>;

/** The same servers of PostgreSQL, on which nothing is changed where `mayWrite` says no. */
export function postgresWhileLeading(postgres: Postgres, mayWrite: () => boolean): Postgres {
  return {
    ...postgres,
    openServer: async (...target) => guarded(await postgres.openServer(...target), mayWrite),
  };
}

function guarded<Server extends RoleServer>(server: Server, mayWrite: () => boolean): Server {
  const first =
    <Args extends readonly unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (!mayWrite()) throw new LockstepError('LEADERSHIP_LOST', ['changing a role of PostgreSQL']);
      return await act(...args);
    };
  return {
    ...server,
    setPassword: first(server.setPassword),
    unmark: first(server.unmark),
    makeAlternate: first(server.makeAlternate),
  };
}
