import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { Endpoints } from '../endpoints.ts';
import { until } from '../process/until.ts';
import { type Place, type Replica, startReplica } from './replica.ts';

/** The replicas of a Deployment. */
export interface Fleet {
  /** The oldest first. */
  readonly running: readonly Replica[];
  /** Starts one more. Resolves when it gets connections. */
  add(): Promise<void>;
  /** Resolves with its exit code. */
  remove(replica: Replica, signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  logs(): string;
}

/** As containerPort in manifests/base: each replica has an address of its own. */
const POD_PORTS = { port: 8443, metricsPort: 9090 };
/** Addresses below are the Services'. */
const FIRST_POD = 20;

/** Without endpoints there is one replica at the Service's own place. */
export function fleetOf(
  cluster: Cluster,
  env: Readonly<Record<string, string>>,
  service: Place,
  endpoints: Endpoints | undefined,
): Fleet {
  const running: Replica[] = [];
  const names = new Set<string>();
  const publish = () => endpoints?.set(running.map(({ place }) => place));

  return {
    running,
    add: async () => {
      const number = endpoints === undefined ? 0 : names.size + 1;
      const name = endpoints === undefined ? 'lockstep' : `lockstep-${number}`;
      names.add(name);
      const place =
        endpoints === undefined ? service : { address: cluster.serviceIP(FIRST_POD + number), ...POD_PORTS };
      running.push(await startReplica(cluster, name, place, env));
      publish();
      await until(`connections to ${name}`, [], () => endpoints?.ready().includes(place.address) ?? true);
    },
    remove: async (replica, signal) => {
      const code = await replica.daemon.stop(signal);
      running.splice(running.indexOf(replica), 1);
      publish();
      return code;
    },
    logs: () => [...names].map((name) => readFileSync(join(cluster.dir, `${name}.log`), 'utf8')).join(''),
  };
}
