import pg from 'pg';
import type { Cluster } from '../../test/testbed/cluster/cluster.ts';
import { type ControllerReplica, controllersOf } from '../../test/testbed/lockstep/controller.ts';
import { aPostgres, type Postgres } from '../../test/testbed/postgres/postgres.ts';
import { until } from '../../test/testbed/process/until.ts';
import { NAME } from './webhook-story.ts';

export interface Login {
  readonly role: string;
  readonly password: string;
}

/** A real PostgreSQL server, and the controller that keeps the Secret in sync with it. */
export interface Database {
  readonly postgres: Postgres;
  readonly controller: ControllerReplica;
  /** A PostgresCredential. */
  readonly manifest: string;
  /** Resolves when the login of the Secret has opened the server. */
  untilSynced(): Promise<void>;
  /** Resolves when the controller has recorded an Event of that reason. */
  untilEvent(reason: string): Promise<void>;
  stop(): Promise<void>;
}

const CREDENTIAL = '/apis/lockstep.dev/v1alpha1/namespaces/default/postgrescredentials/reconciliation';
const EVENTS = '/api/v1/namespaces/default/events';

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** Starts a server that has the login already, and one replica of the controller. */
export async function startDatabase(cluster: Cluster, { role, password }: Login): Promise<Database> {
  const cleanups: (() => unknown)[] = [];
  const scope = { teardown: (cleanup: () => unknown) => void cleanups.push(cleanup) };
  const controllers = await controllersOf(cluster);
  const [postgres, controller] = await Promise.all([
    aPostgres(scope),
    controllers.start('controller', { LOCKSTEP_PROPAGATION_SECONDS: '1' }),
  ]);
  await postgres.sql(`CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await postgres.sql(`CREATE DATABASE ${pg.escapeIdentifier(role)} OWNER ${pg.escapeIdentifier(role)}`);
  const daemons = [controller.daemon];
  await until('a leader', daemons, controller.leads);

  const isSynced = async (): Promise<boolean> => {
    const { conditions = [] } = (await get(cluster, CREDENTIAL)).status ?? {};
    return conditions.some(
      (condition: Condition) => condition.type === 'Synced' && condition.status === 'True',
    );
  };
  const hasEvent = async (wanted: string): Promise<boolean> => {
    const { items = [] } = await get(cluster, EVENTS);
    return items.some(({ reason }: { readonly reason: string }) => reason === wanted);
  };
  return {
    postgres,
    controller,
    manifest: manifestOf(postgres),
    untilSynced: () => until('the PostgresCredential to be synced', daemons, isSynced),
    untilEvent: (reason) => until(`the Event ${reason}`, daemons, () => hasEvent(reason)),
    stop: async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    },
  };
}

const get = async (cluster: Cluster, path: string) => (await cluster.request(path)).json();

/** A PostgresCredential of the Secret on that server. */
const manifestOf = ({ host, port }: Postgres): string => `apiVersion: lockstep.dev/v1alpha1
kind: PostgresCredential
metadata: { name: reconciliation }
spec:
  secretName: ${NAME}
  server: { host: ${host}, port: ${port} }
  consumers: { restart: true }
`;
