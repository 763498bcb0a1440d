import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import type { Cluster } from './cluster.ts';
import type { Daemon } from './daemon.ts';
import { canListen, freePort } from './ports.ts';
import { entryPoint } from './release.ts';
import { until } from './until.ts';

export interface LockstepOptions {
  /** What `kubectl apply -k` is given, relative to the repository; `manifests` unless told. */
  readonly overlay?: string;
  /** A folder of a team's own policies. */
  readonly policies?: string;
  readonly logLevel?: 'debug';
}

/** The webhook of the cluster: applied, trusted and running. */
export interface Lockstep {
  /** The address of its Service, on which the process listens. */
  readonly address: string;
  readonly port: number;
  /** PEM of the CA that the webhook configurations trust. */
  readonly ca: string;
  /** All that its processes have written so far, standard output and error. */
  logs(): string;
  metrics(): Promise<string>;
  /** `kubectl apply -k` of another overlay, at the same address. */
  apply(overlay: string): Promise<void>;
  /** SIGKILL unless told: from then on the port refuses connections. Resolves with the exit code. */
  readonly stop: Daemon['stop'];
  /** Resolves when the API server gets answers again. */
  start(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '..', '..');
const NAMESPACE = 'lockstep-system';
const SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/lockstep-webhook-tls`;

/** Installs lockstep as its README says, and runs as a local process what the Deployment would run as a Pod. */
export async function installLockstep(cluster: Cluster, options: LockstepOptions = {}): Promise<Lockstep> {
  const address = cluster.serviceIP(10);
  // The Service's own port needs root, or a kernel that lets everyone listen there.
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  const apply = (overlay: string) => applyOverlay(cluster, overlay, { address, port });
  await apply(options.overlay ?? 'manifests');
  await execa(process.execPath, [entryPoint(), 'certs', '--kubeconfig', cluster.kubeconfig]);
  const { certDir, ca } = await mountCertificate(cluster);

  const metricsPort = await freePort(address);
  const probes = `http://${address}:${metricsPort}`;
  const env = {
    LOCKSTEP_HOST: address,
    LOCKSTEP_PORT: String(port),
    LOCKSTEP_METRICS_PORT: String(metricsPort),
    LOCKSTEP_CERT_DIR: certDir,
    // By this one a process knows that it is a Pod.
    KUBERNETES_SERVICE_HOST: cluster.serviceIP(1),
    ...(options.policies === undefined ? {} : { LOCKSTEP_POLICY: options.policies }),
    ...(options.logLevel === undefined ? {} : { LOCKSTEP_LOG_LEVEL: options.logLevel }),
  };
  let daemon: Daemon;
  const start = async () => {
    daemon = cluster.start({
      name: 'lockstep',
      command: process.execPath,
      args: [entryPoint(), 'serve'],
      env,
    });
    await until('/readyz of lockstep', [daemon], () => isReady(probes));
    await until('a denial by lockstep', [daemon], () => denies(cluster));
  };
  await start();

  return {
    address,
    port,
    ca,
    logs: () => daemon.log(),
    metrics: async () => (await get(`${probes}/metrics`)).text,
    apply,
    stop: (signal) => daemon.stop(signal),
    start,
  };
}

interface Place {
  readonly address: string;
  readonly port: number;
}

/** The manifests as they are, under an overlay that pins the Service's address. */
async function applyOverlay(cluster: Cluster, overlay: string, { address, port }: Place): Promise<void> {
  const install = join(cluster.dir, 'install');
  // kustomize reads nothing outside the folders that it is pointed to, so the copy goes next to the overlay.
  cpSync(join(ROOT, 'manifests'), join(install, 'manifests'), { recursive: true });
  mkdirSync(join(install, 'pinned'), { recursive: true });
  const patches = [
    {
      target: { kind: 'Service', name: 'lockstep-webhook' },
      patch: [
        { op: 'add', path: '/spec/clusterIP', value: address },
        { op: 'replace', path: '/spec/ports/0/port', value: port },
      ],
    },
    {
      target: { group: 'admissionregistration.k8s.io', name: 'lockstep' },
      patch: [{ op: 'replace', path: '/webhooks/0/clientConfig/service/port', value: port }],
    },
  ];
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [`../${overlay}`],
    patches: patches.map(({ target, patch }) => ({ target, patch: JSON.stringify(patch) })),
  };
  writeFileSync(join(install, 'pinned', 'kustomization.yaml'), JSON.stringify(kustomization));
  await cluster.kubectl(['apply', '-k', join(install, 'pinned')], { orThrow: true });
}

/** Writes the Secret's keys as files, as a volume of the Pod holds them. */
async function mountCertificate(cluster: Cluster): Promise<{ certDir: string; ca: string }> {
  const certDir = join(cluster.dir, 'tls');
  mkdirSync(certDir, { recursive: true });
  const { data } = (await cluster.request(SECRET)).json() as { data: Record<string, string> };
  for (const [name, base64] of Object.entries(data)) {
    writeFileSync(join(certDir, name), Buffer.from(base64, 'base64'), { mode: 0o600 });
  }
  return { certDir, ca: readFileSync(join(certDir, 'ca.crt'), 'utf8') };
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

/** A dry run that must be denied tells that the API server has noticed the webhooks, trusts them and reaches them. */
async function denies(cluster: Cluster): Promise<boolean> {
  const probe = ['create', 'secret', 'generic', 'lockstep-probe', '--from-literal=PASSWORD=changeme'];
  const { exitCode, stderr } = await cluster.kubectl([...probe, '--dry-run=server']);
  return exitCode !== 0 && stderr.includes('[lockstep/');
}
