import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Cluster } from '../cluster/cluster.ts';
import { startForwarder } from '../endpoints.ts';
import { canListen, freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { fleetOf } from './fleet.ts';
import { applyOverlay } from './install.ts';
import { entryPoint } from './release.ts';
import type { Replica } from './replica.ts';

export interface LockstepOptions {
  /** What `kubectl apply -k` is given, relative to the repository; `manifests` unless told. */
  readonly overlay?: string;
  /** A folder of a team's own policies. */
  readonly policies?: string;
  readonly logLevel?: 'debug';
  /** Further variables of the webhook: `LOCKSTEP_NO_BUILTIN`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of the CA of clients' certificates, and the name that one must have. */
  readonly clients?: { readonly caFile: string; readonly name: string };
  /** With more than one, a forwarder stands at the Service's address and each replica has an address of its own. One unless told. */
  readonly replicas?: number;
}

/** The webhook of the cluster: applied, trusted and running. */
export interface Lockstep {
  /** The address of its Service. */
  readonly address: string;
  readonly port: number;
  /** PEM of the CAs that the webhook configurations trust at this moment. */
  ca(): Promise<string>;
  /** All that its processes have written so far, standard output and error. */
  logs(): string;
  /** Of all that run, one page after the other. */
  metrics(): Promise<string>;
  /** `kubectl apply -k` of another overlay, at the same address. */
  apply(overlay: string): Promise<void>;
  /** Stops all replicas: SIGKILL unless told. Resolves with the exit code of the first. */
  stop(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  /** Starts what was stopped. Resolves when the API server gets answers again. */
  start(): Promise<void>;
  /** Those that run, the oldest first. */
  replicas(): readonly Replica[];
  /** Addresses of the replicas that get new connections. */
  endpoints(): readonly string[];
  /** As a Deployment with maxSurge 1 and maxUnavailable 0: one more comes and is ready, then one goes. Resolves when the last old one has ended. */
  rollout(): Promise<void>;
}

const NAMESPACE = 'lockstep-system';
const ACCOUNT = 'lockstep-webhook';
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/lockstep-webhook-tls`;
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/lockstep';

/** Installs lockstep as its README says, and runs as local processes what the Deployment would run as Pods. */
export async function installLockstep(cluster: Cluster, options: LockstepOptions = {}): Promise<Lockstep> {
  const { replicas: wanted = 1 } = options;
  const address = cluster.serviceIP(10);
  // The Service's own port needs root, or a kernel that lets everyone listen there.
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  const apply = (overlay: string) => applyOverlay(cluster, overlay, { address, port });
  const overlay = options.overlay ?? 'manifests';
  await apply(overlay);

  const env = {
    // In place of the token that the kubelet puts into a Pod.
    LOCKSTEP_KUBECONFIG: await cluster.serviceAccountKubeconfig(NAMESPACE, ACCOUNT),
    ...(overlay.endsWith('/files') ? { LOCKSTEP_CERT_DIR: await mountCertificate(cluster) } : {}),
    ...(options.policies === undefined ? {} : { LOCKSTEP_POLICY: options.policies }),
    ...(options.clients === undefined
      ? {}
      : {
          LOCKSTEP_CLIENT_CA_FILE: options.clients.caFile,
          LOCKSTEP_CLIENT_NAMES: options.clients.name,
        }),
    ...(options.logLevel === undefined ? {} : { LOCKSTEP_LOG_LEVEL: options.logLevel }),
    ...options.variables,
  };
  const endpoints = wanted > 1 ? startForwarder(cluster, { address, port }) : undefined;
  const service = { address, port, metricsPort: await freePort(address) };
  const fleet = fleetOf(cluster, env, service, endpoints);

  const start = async () => {
    while (fleet.running.length < wanted) await fleet.add();
    const daemons = fleet.running.map(({ daemon }) => daemon);
    await until('a denial by lockstep', daemons, () => denies(cluster));
  };
  await start();

  return {
    address,
    port,
    ca: () => trusted(cluster),
    logs: fleet.logs,
    metrics: async () => (await Promise.all(fleet.running.map((each) => each.metrics()))).join('\n'),
    apply,
    stop: async (signal) => {
      const [code = null] = await Promise.all(fleet.running.map((each) => fleet.remove(each, signal)));
      return code;
    },
    start,
    replicas: () => [...fleet.running],
    endpoints: () => endpoints?.ready() ?? fleet.running.map(({ place }) => place.address),
    rollout: async () => {
      const ends: Promise<number | null>[] = [];
      for (const old of [...fleet.running]) {
        await fleet.add();
        ends.push(fleet.remove(old, 'SIGTERM'));
      }
      await Promise.all(ends);
    },
  };
}

/** Makes the certificate as the overlay's page says, and its Secret's keys files, as a volume of the Pod holds them. */
async function mountCertificate(cluster: Cluster): Promise<string> {
  await execa(process.execPath, [entryPoint(), 'certs', '--kubeconfig', cluster.kubeconfig]);
  const certDir = join(cluster.dir, 'tls');
  mkdirSync(certDir, { recursive: true });
  const { data } = (await cluster.request(SECRET)).json() as { data: Record<string, string> };
  for (const [name, base64] of Object.entries(data)) {
    writeFileSync(join(certDir, name), Buffer.from(base64, 'base64'), { mode: 0o600 });
  }
  return certDir;
}

async function trusted(cluster: Cluster): Promise<string> {
  const { webhooks } = (await cluster.request(CONFIGURATION)).json();
  return Buffer.from(webhooks[0].clientConfig.caBundle, 'base64').toString('utf8');
}

/** A dry run that must be denied tells that the API server has noticed the webhooks, trusts them and reaches them. */
async function denies(cluster: Cluster): Promise<boolean> {
  const probe = ['create', 'secret', 'generic', 'lockstep-probe', '--from-literal=PASSWORD=changeme'];
  const { exitCode, stderr } = await cluster.kubectl([...probe, '--dry-run=server']);
  return exitCode !== 0 && stderr.includes('[lockstep/');
}
