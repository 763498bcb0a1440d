import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { startForwarder } from '../../testbed/endpoints.ts';
import { type Place, type Replica, startReplica } from '../../testbed/lockstep/replica.ts';
import type { Loose, Manifest } from './kustomize.ts';

const POLL_INTERVAL_MS = 100;
/** Addresses below are the Services'. */
const FIRST_POD = 20;
const COMPONENT = 'app.kubernetes.io/component';

export interface FakeKubelet {
  /** Logs of all processes there have been. */
  logs(): string;
  /** The node dies: each process is killed, and the Pods stay as they were. */
  crash(): Promise<void>;
}

/**
 * The parts of kubelet and kube-proxy that lockstep's Pods need, in a cluster with controllers. Each Pod is a local
 * process, with the environment, the Secrets and the ServiceAccount of its spec. It is Ready when its process is,
 * and `kubectl rollout status` waits for that. The Service's address leads to a ready Pod. A deleted Pod gets
 * SIGTERM. A change of a mounted Secret does not reach the Pod. Pods of the controller stay Pending unless
 * `components` names them. /
 */
export function fakeKubelet(
  t: Test,
  cluster: Cluster,
  service: { readonly address: string; readonly port: number; readonly namespace?: string },
  components: readonly ('webhook' | 'controller')[] = ['webhook'],
): FakeKubelet {
  const { namespace = 'lockstep-system' } = service;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const selector = `labelSelector=${encodeURIComponent(`${COMPONENT} in (${components.join()})`)}`;
  const endpoints = startForwarder(cluster, service);
  const containers = new Map<string, Container>();
  const logs: (() => string)[] = [];
  let started = 0;
  let stopped = false;

  const start = async (pod: Manifest, container: Container) => {
    const env = await environmentOf(cluster, pod);
    const name = `lockstep-${++started}`;
    container.place = { address: cluster.serviceIP(FIRST_POD + started), port: 8443, metricsPort: 9090 };
    publish();
    const { args } = pod.spec.containers[0];
    container.replica = await startReplica(cluster, name, container.place, env, args);
    logs.push(container.replica.daemon.log);
    if (container.isWanted) await report(cluster, `${pods}/${pod.metadata.name}/status`);
    else void container.replica.daemon.stop('SIGTERM');
  };
  const publish = () => {
    const serving = [...containers.values()].filter(({ component }) => component === 'webhook');
    endpoints.set(serving.flatMap(({ place }) => place ?? []));
  };
  const look = async () => {
    const { items } = (await cluster.request(`${pods}?${selector}`)).json() as { items: readonly Manifest[] };
    for (const pod of items.filter(({ metadata }) => !containers.has(metadata.uid))) {
      const container: Container = { isWanted: true, component: pod.metadata.labels[COMPONENT] };
      containers.set(pod.metadata.uid, container);
      // A Secret or a ServiceAccount that is not there yet: it is tried again.
      container.start = start(pod, container).catch(() => void containers.delete(pod.metadata.uid));
    }
    for (const [uid, container] of containers) {
      if (items.some(({ metadata }) => metadata.uid === uid)) continue;
      containers.delete(uid);
      container.isWanted = false;
      void container.replica?.daemon.stop('SIGTERM');
    }
    publish();
  };
  const turn = async (): Promise<void> => {
    while (!stopped) {
      // The API server may be away.
      await look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  };
  const turning = turn();
  const end = async () => {
    stopped = true;
    await turning;
  };
  t.teardown(end);
  return {
    logs: () => logs.map((log) => log()).join(''),
    crash: async () => {
      await end();
      const all = [...containers.values()];
      for (const container of all) container.isWanted = false;
      await Promise.all(all.map(({ start }) => start));
      await Promise.all(all.map(({ replica }) => replica?.daemon.stop()));
    },
  };
}

interface Container {
  isWanted: boolean;
  readonly component: string;
  /** Never rejects. */
  start?: Promise<void>;
  place?: Place;
  replica?: Replica;
}

/** Throws while something of it is not there. */
async function environmentOf(
  cluster: Cluster,
  { metadata, spec }: Manifest,
): Promise<Record<string, string>> {
  const { name, namespace } = metadata;
  const [{ env, volumeMounts = [] }] = spec.containers;
  const mounted = new Map<string, string>();
  for (const { name: volume, mountPath } of volumeMounts) {
    const { secret } = spec.volumes.find((each: Loose) => each.name === volume);
    // The token, which the API server adds; here it is in the kubeconfig.
    if (secret === undefined) continue;
    const folder = join(cluster.dir, name + mountPath);
    await mount(cluster, `/api/v1/namespaces/${namespace}/secrets/${secret.secretName}`, folder);
    mounted.set(mountPath, folder);
  }
  const given = env
    .filter((each: Loose) => !/^LOCKSTEP_(HOST|PORT|METRICS_PORT)$/.test(each.name))
    .map(({ name, value, valueFrom }: Loose) => [
      name,
      valueFrom === undefined ? (mounted.get(value) ?? value ?? '') : metadata[fieldIn(valueFrom)],
    ]);
  const kubeconfig = join(cluster.dir, `${name}.kubeconfig`);
  // The file that is made is one for each account: the next Pod's token is written over it.
  copyFileSync(await cluster.serviceAccountKubeconfig(namespace, spec.serviceAccountName), kubeconfig);
  return {
    // Each PostgreSQL server of a test is on this machine.
    LOCKSTEP_SERVER_NETWORKS: '127.0.0.0/8,::1',
    ...Object.fromEntries(given),
    LOCKSTEP_KUBECONFIG: kubeconfig,
  };
}

/** `metadata.namespace` is all that the manifests ask for. */
const fieldIn = ({ fieldRef }: Loose): string => fieldRef.fieldPath.replace('metadata.', '');

async function mount(cluster: Cluster, secret: string, folder: string): Promise<void> {
  const { status, json } = await cluster.request(secret);
  if (status !== 200) throw new Error(`${secret}: ${status}`);
  mkdirSync(folder, { recursive: true });
  for (const [key, base64] of Object.entries<string>(json().data)) {
    writeFileSync(join(folder, key), Buffer.from(base64, 'base64'), { mode: 0o600 });
  }
}

/** Without an address: a loopback one is none that an EndpointSlice may hold. */
async function report(cluster: Cluster, path: string): Promise<void> {
  const conditions = ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' }));
  const body = { status: { phase: 'Running', conditions } };
  await cluster.request(path, {
    method: 'PATCH',
    body,
    contentType: 'application/strategic-merge-patch+json',
  });
}
