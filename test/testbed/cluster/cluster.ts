import { readFile } from 'node:fs/promises';
import { findBinaries } from '../binaries.ts';
import { nodes, startKwok } from '../kwok.ts';
import type { Daemon } from '../process/daemon.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { type Api, apiOf } from './api.ts';
import {
  type AuditLevel,
  auditLogOf,
  startApiServer,
  startControllerManager,
  startEtcd,
} from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { type Kubectl, type KubectlResult, kubectlOf } from './kubectl.ts';
import { makePki } from './pki.ts';
import { claimServiceRange } from './service-range.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

export interface ClusterOptions {
  /** Run kube-controller-manager: ServiceAccounts, garbage collection, Deployments. */
  readonly controllers?: boolean;
  /** How many Nodes kwok plays; 0 for no kwok. */
  readonly nodes?: number;
  /** What the audit log holds of a request for a Secret; `Metadata` unless told. */
  readonly auditLevel?: AuditLevel;
  /** Further flags of etcd. */
  readonly etcdFlags?: readonly string[];
  /** Further flags of kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
}

export interface Cluster extends AsyncDisposable {
  /** The cluster's own folder; gone after `stop`. */
  readonly dir: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** The same, and throws where the exit code is not 0. */
  readonly mustRun: Kubectl;
  /** `kubectl apply` with more flags, which must succeed. Several objects are one List. */
  apply(objects: string | object | readonly object[], ...flags: readonly string[]): Promise<KubectlResult>;
  /** A raw request as the administrator. */
  readonly request: Api;
  /** The n-th address that a Service may pin and a local process may listen on, from 2 to 254. */
  serviceIP(n: number): string;
  auditLog(): Promise<string>;
  apiServerLog(): Promise<string>;
  /** Path of a kubeconfig with a token of that ServiceAccount, which must exist. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Kills it and starts it again, on the same port and data. A graceful end takes ten seconds: it waits for open watches. */
  restartApiServer(): Promise<void>;
  readonly etcd: Daemon;
  /** `http://127.0.0.1:PORT` */
  readonly etcdUrl: string;
  /** Starts one more program in the cluster's folder; it is stopped with the cluster. */
  readonly start: Workspace['start'];
  stop(): Promise<void>;
  /** Leaves the cluster running, with its folder, when this process ends. Returns the ids of its processes, for whoever stops it then. */
  leave(): number[];
}

/** A real API server on etcd: about three seconds. Whoever starts it stops it, or leaves that to `await using`. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binaries = findBinaries(programsFor(options));
  const workspace = openWorkspace();
  const range = await claimServiceRange();
  const ending = new AbortController();
  const stop = async () => {
    ending.abort();
    await workspace.close();
    range.release();
  };
  try {
    const pki = await makePki(workspace.dir, ['127.0.0.1', range.address(1)]);
    const port = await freePort();
    const server = `https://127.0.0.1:${port}`;
    const request = apiOf(server, pki.ca, pki.admin);
    const kubeconfig = writeKubeconfig(workspace.dir, 'admin', { server, ca: pki.ca }, pki.admin);
    const kubectl = kubectlOf(binaries.kubectl, workspace.dir, kubeconfig, ending.signal);
    const mustRun: Kubectl = (args, options) => kubectl(args, { ...options, orThrow: true });
    const apply: Cluster['apply'] = (objects, ...flags) => {
      const input = Array.isArray(objects) ? { apiVersion: 'v1', kind: 'List', items: objects } : objects;
      return mustRun(['apply', ...flags, '-f', '-'], { input });
    };

    const etcd = await startEtcd(workspace, binaries.etcd, options.etcdFlags);
    const launch = () =>
      startApiServer(workspace, {
        binary: binaries['kube-apiserver'],
        port,
        etcd: etcd.url,
        serviceRange: range.cidr,
        auditLevel: options.auditLevel ?? 'Metadata',
        flags: options.apiServerFlags ?? [],
        pki,
      });
    let apiServer = launch();
    await untilReady(request, [etcd.daemon, apiServer]);
    if (options.controllers) {
      const manager = startControllerManager(workspace, binaries['kube-controller-manager'], kubeconfig, pki);
      await until('the default ServiceAccount', [manager], () => exists(request, DEFAULT_SERVICE_ACCOUNT));
    }
    if (options.nodes) {
      startKwok(workspace, binaries.kwok, kubeconfig);
      await apply(nodes(options.nodes));
      await mustRun(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']);
    }

    return {
      dir: workspace.dir,
      server,
      kubeconfig,
      kubectl,
      mustRun,
      apply,
      request,
      serviceIP: range.address,
      auditLog: () => readFile(auditLogOf(workspace), 'utf8'),
      apiServerLog: async () => apiServer.log(),
      serviceAccountKubeconfig: async (namespace, name) => {
        const token = await requestToken(request, namespace, name);
        return writeKubeconfig(
          workspace.dir,
          `${namespace}-${name}`,
          { server, ca: pki.ca },
          { token },
          namespace,
        );
      },
      restartApiServer: async () => {
        await apiServer.stop();
        apiServer = launch();
        await untilReady(request, [apiServer]);
      },
      etcd: etcd.daemon,
      etcdUrl: etcd.url,
      start: workspace.start,
      stop,
      leave: workspace.leave,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const DEFAULT_SERVICE_ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';

function programsFor({ controllers, nodes }: ClusterOptions) {
  return [
    'kube-apiserver',
    'etcd',
    'kubectl',
    ...(controllers ? (['kube-controller-manager'] as const) : []),
    ...(nodes ? (['kwok'] as const) : []),
  ] as const;
}

const untilReady = (request: Api, daemons: readonly Daemon[]): Promise<void> =>
  until('/readyz of the API server', daemons, () => exists(request, '/readyz'));

async function exists(request: Api, path: string): Promise<boolean> {
  const { status } = await request(path).catch(() => ({ status: 0 }));
  return status === 200;
}

async function requestToken(request: Api, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  // A kill matrix takes more than the hour of the default.
  const spec = { expirationSeconds: 14_400 };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const response = await request(path, { method: 'POST', body });
  if (response.status !== 201) throw new Error(`no token for ${namespace}/${name}: ${response.text}`);
  return response.json().status.token;
}
