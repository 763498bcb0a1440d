import type { Cluster } from '../cluster/cluster.ts';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { applyOverlay } from './install.ts';
import { entryPoint } from './release.ts';

const NAMESPACE = 'lockstep-system';
const ACCOUNT = 'lockstep-controller';

/** One process of `lockstep controller`, which believes that it is a Pod. */
export interface ControllerReplica {
  readonly daemon: Daemon;
  metrics(): Promise<string>;
  /** Whether it leads. */
  leads(): Promise<boolean>;
}

/** What runs as Pods of the controller's Deployment. The webhooks are installed with it; nothing answers them, so that what they would mend goes by. */
export interface Controllers {
  /** Resolves when it is ready. Logs to `NAME.log` in the cluster's folder. */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<ControllerReplica>;
  /** Resolves when it leads. */
  lead(name: string, env?: Readonly<Record<string, string>>): Promise<ControllerReplica>;
  /** Resolves when its process runs. It may lead and write before it is ready. */
  launch(name: string, env?: Readonly<Record<string, string>>): Promise<LaunchedReplica>;
}

export interface LaunchedReplica extends ControllerReplica {
  /** Rejects if the process ends before. */
  ready(): Promise<void>;
}

/** Installs lockstep as its README says. Resolves with what starts replicas of its controller. */
export async function installController(cluster: Cluster, overlay = 'manifests'): Promise<Controllers> {
  await applyOverlay(cluster, overlay, { address: cluster.serviceIP(10), port: 443 });
  return controllersOf(cluster);
}

/** Replicas of the controller of an installed lockstep, each with the controller's own rights. */
export async function controllersOf(cluster: Cluster): Promise<Controllers> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, ACCOUNT);
  const launch: Controllers['launch'] = async (name, env = {}) => {
    const port = await freePort();
    const daemon = cluster.start({
      name,
      command: process.execPath,
      args: [entryPoint(), 'controller'],
      env: {
        LOCKSTEP_HOST: '127.0.0.1',
        LOCKSTEP_METRICS_PORT: String(port),
        LOCKSTEP_KUBECONFIG: kubeconfig,
        // Each server of a test is on this machine.
        LOCKSTEP_SERVER_NETWORKS: '127.0.0.0/8,::1',
        KUBERNETES_SERVICE_HOST: cluster.serviceIP(1),
        ...env,
      },
    });
    const get = async (path: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    const isReady = async (): Promise<boolean> =>
      get('/readyz').then(
        ({ ok }) => ok,
        () => false,
      );
    const metrics = async (): Promise<string> => (await get('/metrics')).text();
    return {
      daemon,
      metrics,
      leads: async () => /^lockstep_controller_leader 1$/m.test(await metrics()),
      ready: () => until(`/readyz of ${name}`, [daemon], isReady),
    };
  };
  const start: Controllers['start'] = async (name, env) => {
    const replica = await launch(name, env);
    await replica.ready();
    return replica;
  };
  return {
    launch,
    start,
    lead: async (name, env) => {
      const replica = await start(name, env);
      await until('a leader', [replica.daemon], replica.leads);
      return replica;
    },
  };
}
