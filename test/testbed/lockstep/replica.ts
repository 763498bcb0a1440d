import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../cluster/cluster.ts';
import type { Daemon } from '../process/daemon.ts';
import { until } from '../process/until.ts';
import { entryPoint } from './release.ts';

/** Where a replica listens: what its Pod's address and ports are in a real cluster. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly metricsPort: number;
}

/** One process of `lockstep serve` or `lockstep controller`, which believes that it is a Pod. */
export interface Replica {
  readonly place: Place;
  readonly daemon: Daemon;
  metrics(): Promise<string>;
}

/** Resolves when it says that it is ready. `serve` unless told. Logs to `NAME.log` in the cluster's folder, where a replica of that name goes on. */
export async function startReplica(
  cluster: Cluster,
  name: string,
  place: Place,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ['serve'],
): Promise<Replica> {
  const { address, port, metricsPort } = place;
  const daemon = cluster.start({
    name,
    command: process.execPath,
    args: [entryPoint(), ...args],
    env: {
      LOCKSTEP_HOST: address,
      LOCKSTEP_PORT: String(port),
      LOCKSTEP_METRICS_PORT: String(metricsPort),
      // By this one a process knows that it is a Pod.
      KUBERNETES_SERVICE_HOST: cluster.serviceIP(1),
      ...env,
    },
  });
  const probes = `http://${address}:${metricsPort}`;
  await until(`/readyz of ${name}`, [daemon], () => isReady(probes));
  return { place, daemon, metrics: async () => (await get(`${probes}/metrics`)).text };
}

async function isReady(probes: string): Promise<boolean> {
  const answer = await get(`${probes}/readyz`).catch(() => undefined);
  return answer?.status === 200;
}

/** On a socket of its own: `fetch` would keep one to a process that has been stopped meanwhile. */
function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), reject);
    });
    call.on('error', reject);
    call.end();
  });
}
