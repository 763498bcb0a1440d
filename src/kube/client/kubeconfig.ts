import type { Agent, RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { LockstepError } from '../../errors.ts';
import type { ApiAccess, Credentials, TlsMaterial } from './api-access.ts';

export interface KubeconfigOptions {
  /**
   * A kubeconfig file. Without it, the same search as kubectl: $KUBECONFIG, ~/.kube/config, then the pod's
   * ServiceAccount.
   */
  readonly kubeconfig?: string | undefined;
  /** A context of the file. Without it, the current context. */
  readonly context?: string | undefined;
}

/** Throws a LockstepError that quotes nothing of the file. */
export function readKubeconfig({ kubeconfig, context }: KubeconfigOptions): ApiAccess {
  const config = loadKubeconfig(kubeconfig);
  if (context !== undefined) selectContext(config, context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new LockstepError('KUBECONFIG_CLUSTER', ['names no cluster']);
  if (!cluster.server.startsWith('https:')) {
    throw new LockstepError('KUBECONFIG_CLUSTER', [`names ${cluster.server}, which is not HTTPS`]);
  }
  return { server: cluster.server, credentials: () => credentialsOf(config) };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  return {
    headers: (options.headers ?? {}) as Record<string, string>,
    auth: options.auth ?? undefined,
    tls: tlsOf(options),
    // The library's own agent opens a socket for each call. Only a call through a proxy uses it.
    proxyAgent: config.getCurrentCluster()?.proxyUrl === undefined ? undefined : (options.agent as Agent),
  };
}

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): TlsMaterial {
  const all = { ca, cert, key, rejectUnauthorized, servername };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function loadKubeconfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new LockstepError('KUBECONFIG_UNREADABLE', [file ?? 'the kubeconfig', firstLine(cause)]);
  }
  // loadFromDefault falls back to http://localhost:8080 if it finds nothing.
  if (file === undefined && config.currentContext === 'loaded-context') {
    throw new LockstepError('KUBECONFIG_NOT_FOUND');
  }
  return config;
}

/**
 * From its second line on, the message of a parser quotes the file. The file may hold credentials, so the error is no
 * `cause` either.
 */
function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split('\n', 1)[0] ?? '';
}

function selectContext(config: KubeConfig, context: string): void {
  const contextNames = config.getContexts().map(({ name }) => name);
  if (!contextNames.includes(context)) {
    throw new LockstepError('KUBECONFIG_CONTEXT', [context, contextNames.join(', ') || 'none']);
  }
  config.setCurrentContext(context);
}
