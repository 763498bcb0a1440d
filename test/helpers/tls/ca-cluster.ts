import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { applyOverlay } from '../../testbed/lockstep/install.ts';
import { type Place, type Replica, startReplica } from '../../testbed/lockstep/replica.ts';
import { canListen, freePort } from '../../testbed/process/ports.ts';
import { until } from '../../testbed/process/until.ts';
import { aCluster } from '../cluster/cluster.ts';
import { HOST } from './fake-ca-cluster.ts';

const NAMESPACE = 'lockstep-system';
const CA_SECRET = `/api/v1/namespaces/${NAMESPACE}/secrets/lockstep-webhook-ca`;
const CONFIGURATIONS = ['mutating', 'validating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/lockstep`,
);
const OBJECTS = ['lockstep-webhook-ca', 'lockstep'];
/** Both configurations, and the Secret. */
const CALLS_PER_RECONCILE = 3;
const MERGE = 'application/merge-patch+json';

// biome-ignore lint/suspicious/noExplicitAny: an object of the API server, whose fields a test names
type Any = any;

/** The base, freshly applied, and replicas that have the rights of the ServiceAccount in it, and no more. */
export interface CaCluster {
  readonly cluster: Cluster;
  /** The first stands at the address of the Service. */
  readonly replicas: readonly Replica[];
  /** The two configurations as `kubectl apply` made them, before any replica ran. */
  readonly shipped: readonly Any[];
  /** `kubectl apply -k manifests` once more. */
  apply(...flags: readonly string[]): Promise<void>;
  /** One more replica, or one that was stopped: with its name and place. */
  start(name: string, place: string | Place): Promise<Replica>;
  configurations(): Promise<Any[]>;
  /** PEM text of each webhook's caBundle. */
  bundles(): Promise<string[]>;
  /** Writes every caBundle as somebody with all rights: PEM text, or null to take it away. */
  setBundles(pem: string | null): Promise<void>;
  /** Until each is this one. */
  untilBundle(pem: string): Promise<void>;
  /** Base64 by key. */
  secretData(): Promise<Readonly<Record<string, string>>>;
  secretText(key: string): Promise<string | undefined>;
  patchSecret(data: Readonly<Record<string, string>> | null): Promise<void>;
  deleteSecret(): Promise<void>;
  /** Until every replica serves what every caBundle trusts. */
  untilTrusted(): Promise<void>;
  /** Until each replica's `lockstep_tls_failing` is this. */
  untilFailing(value: 0 | 1): Promise<void>;
  /** Until the replicas have asked so many times more for the Secret or a configuration, and got this status. */
  untilAsked(times: number, status: number): Promise<void>;
  /** Until each replica has checked twice without a write. More corrections in a row would be a fight. */
  untilStable(): Promise<void>;
  /** Whether the API server gets a denial, which it does only where it trusts the certificate. */
  denies(): Promise<boolean>;
}

export async function aCaCluster(t: Test): Promise<CaCluster> {
  const cluster = await aCluster(t);
  const address = cluster.serviceIP(10);
  const port = (await canListen(address, 443)) ? 443 : await freePort(address);
  const apply = (...flags: readonly string[]) => applyOverlay(cluster, 'manifests', { address, port }, flags);
  await apply();
  const get = async (path: string): Promise<Any> => (await cluster.request(path)).json();
  const configurations = () => Promise.all(CONFIGURATIONS.map(get));
  const shipped = await configurations();

  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, 'lockstep-webhook');
  const startAt = (name: string, place: Place) =>
    startReplica(cluster, name, place, { LOCKSTEP_KUBECONFIG: kubeconfig });
  const ports = { port: 8443, metricsPort: 9090 };
  const start = (name: string, at: string | Place) =>
    startAt(name, typeof at === 'string' ? { address: at, ...ports } : at);
  const replicas = await Promise.all([
    startAt('first', { address, port, metricsPort: await freePort(address) }),
    start('second', cluster.serviceIP(21)),
  ]);

  const bundles = async () =>
    (await configurations()).flatMap(({ webhooks }) =>
      webhooks.map(({ clientConfig }: Any) =>
        Buffer.from(clientConfig.caBundle ?? '', 'base64').toString('utf8'),
      ),
    );
  const secretData = async () => (await get(CA_SECRET)).data ?? {};
  const patch = async (path: string, body: object) => {
    const { status, text } = await cluster.request(path, { method: 'PATCH', body, contentType: MERGE });
    if (status !== 200) throw new Error(text);
  };
  const every = async (asks: readonly Promise<boolean>[]) => (await Promise.all(asks)).every(Boolean);
  const daemons = replicas.map(({ daemon }) => daemon);

  return {
    cluster,
    replicas,
    shipped,
    apply,
    start,
    configurations,
    bundles,
    setBundles: async (pem) => {
      const caBundle = pem && Buffer.from(pem, 'utf8').toString('base64');
      for (const [at, path] of CONFIGURATIONS.entries()) {
        const { webhooks } = (await configurations())[at];
        for (const { clientConfig } of webhooks) clientConfig.caBundle = caBundle;
        await patch(path, { webhooks });
      }
    },
    untilBundle: (pem) =>
      until('caBundle', daemons, async () => (await bundles()).every((each) => each === pem)),
    secretData,
    secretText: async (key) => {
      const base64 = (await secretData())[key];
      return base64 && Buffer.from(base64, 'base64').toString('utf8');
    },
    patchSecret: (data) => patch(CA_SECRET, { data }),
    deleteSecret: async () => void (await cluster.request(CA_SECRET, { method: 'DELETE' })),
    untilTrusted: () =>
      until('a certificate that is trusted', daemons, async () => {
        const all = await bundles();
        return every(replicas.flatMap(({ place }) => all.map((bundle) => trusts(bundle, place))));
      }),
    untilFailing: (value) =>
      until(`lockstep_tls_failing ${value}`, daemons, () =>
        every(
          replicas.map(async ({ metrics }) => (await metrics()).includes(`lockstep_tls_failing ${value}\n`)),
        ),
      ),
    untilAsked: async (times, status) => {
      const before = await auditedCalls(cluster, 'get', status);
      await until(`${times} answers ${status}`, daemons, async () => {
        return (await auditedCalls(cluster, 'get', status)) >= before + times;
      });
    },
    untilStable: async () => {
      let since = {
        gets: await auditedCalls(cluster, 'get', 200),
        writes: await auditedCalls(cluster, 'patch', 200),
      };
      await until('rest', daemons, async () => {
        await sleep(1000);
        const now = {
          gets: await auditedCalls(cluster, 'get', 200),
          writes: await auditedCalls(cluster, 'patch', 200),
        };
        if (now.writes !== since.writes) since = now;
        return now.gets >= since.gets + 2 * CALLS_PER_RECONCILE * replicas.length;
      });
    },
    denies: () => denies(cluster),
  };
}

/** Whether a client with this caBundle, which calls the Service by its name, takes what is served there. */
export function trusts(bundle: string, { address, port }: Place): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (bundle === '') return resolve(false);
    const socket = connect({ host: address, port, ca: bundle, servername: HOST }, () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('ECONN')) reject(error);
      else resolve(false);
    });
  });
}

async function denies(cluster: Cluster): Promise<boolean> {
  const probe = ['create', 'secret', 'generic', 'lockstep-probe', '--from-literal=PASSWORD=changeme'];
  const { exitCode, stderr } = await cluster.kubectl([...probe, '--dry-run=server']);
  return exitCode !== 0 && stderr.includes('[lockstep/');
}

/** How often they have, by the API server's audit log. */
async function auditedCalls(cluster: Cluster, wanted: 'get' | 'patch', status: number): Promise<number> {
  // The last one may be half written.
  const events = (await cluster.auditLog()).split('\n').slice(0, -1);
  return events
    .map((line): Any => JSON.parse(line))
    .filter(
      ({ verb, requestURI, user, objectRef, responseStatus, stage }) =>
        stage === 'ResponseComplete' &&
        verb === wanted &&
        // The self-probe asks for a write that is none.
        !requestURI.includes('dryRun') &&
        user.username.endsWith(':lockstep-webhook') &&
        OBJECTS.includes(objectRef?.name) &&
        responseStatus?.code === status,
    ).length;
}
