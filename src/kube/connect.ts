import {
  AdmissionregistrationV1Api,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  type RequestContext,
  type ResponseContext,
  ServerConfiguration,
} from '@kubernetes/client-node';
import { LockstepError } from '../errors.ts';

/** What a command talks to. `server` is for messages. */
export interface Cluster {
  readonly server: string;
  readonly core: CoreV1Api;
  readonly admission: AdmissionregistrationV1Api;
}

export interface Whereabouts {
  /** A kubeconfig file; without one $KUBECONFIG, ~/.kube/config, then the pod's own ServiceAccount, as kubectl looks. */
  readonly kubeconfig?: string | undefined;
  /** A context of it; without one the current context. */
  readonly context?: string | undefined;
  /** Milliseconds that one request may take, answer included. */
  readonly timeout?: number | undefined;
}

/** Ten times what a loaded API server takes for one object. The client itself would wait for ever. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Reads the kubeconfig; nothing is sent yet. Throws LockstepError. */
export function connect({ kubeconfig, context, timeout = REQUEST_TIMEOUT_MS }: Whereabouts): Cluster {
  const config = load(kubeconfig);
  if (context !== undefined) choose(config, context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new LockstepError('KUBECONFIG_CLUSTER', ['names no cluster']);
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new LockstepError('KUBECONFIG_CLUSTER', [`names ${cluster.server}, which is not HTTPS`]);
  }
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(cluster.server, {}),
    authMethods: { default: config },
    promiseMiddleware: [deadline(timeout)],
  });
  return {
    server: cluster.server,
    core: new CoreV1Api(configuration),
    admission: new AdmissionregistrationV1Api(configuration),
  };
}

function load(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new LockstepError('KUBECONFIG_UNREADABLE', [file ?? 'the kubeconfig', firstLine(cause)]);
  }
  // What loadFromDefault falls back to when it has found nothing: http://localhost:8080.
  if (file === undefined && config.currentContext === 'loaded-context') {
    throw new LockstepError('KUBECONFIG_ABSENT');
  }
  return config;
}

/** From its second line on, a parser's message quotes the file, which may hold credentials: so it is no `cause` either. */
function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split('\n', 1)[0] ?? '';
}

function choose(config: KubeConfig, context: string): void {
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    throw new LockstepError('KUBECONFIG_CONTEXT', [context, known.join(', ') || 'none']);
  }
  config.setCurrentContext(context);
}

/** Set after the credentials are there: a login plugin may wait for a person. */
function deadline(milliseconds: number) {
  return {
    pre: async (request: RequestContext) => {
      request.setSignal(AbortSignal.timeout(milliseconds));
      return request;
    },
    post: async (response: ResponseContext) => response,
  };
}
