import { existsSync, statSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { isNamespaceName } from '../../engine/secret/kubernetes/name.ts';
import { nearestNames } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ApiAccess, Credentials, TlsMaterial } from './api-access.ts';
import { describeLoginPlugin, limitLoginPlugin, loginError, refuseRemovedProvider } from './login-plugin.ts';

/**
 * A kubeconfig file. Without it, the same search as kubectl: $KUBECONFIG of `env`, ~/.kube/config, then the pod's
 * ServiceAccount.
 */
type KubeconfigPlace =
  | { readonly kubeconfig: string; readonly env?: KubeconfigVariable }
  | { readonly kubeconfig?: string | undefined; readonly env: KubeconfigVariable };

export type KubeconfigOptions = KubeconfigPlace & {
  /** A context of the file. Without it, the current context. */
  readonly context?: string | undefined;
};

interface KubeconfigVariable {
  readonly KUBECONFIG?: string | undefined;
}

/** Throws a LockstepError that quotes nothing of the file but names. */
export function readKubeconfig(options: KubeconfigOptions): ApiAccess {
  const config = loadContext(options);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new LockstepError('KUBECONFIG_CLUSTER', ['names no cluster']);
  if (!cluster.server.startsWith('https:')) {
    throw new LockstepError('KUBECONFIG_CLUSTER', [`names ${cluster.server}, which is not HTTPS`]);
  }
  refuseRemovedProvider(config.getCurrentUser());
  limitLoginPlugin(config);
  describeLoginPlugin(config.getCurrentUser());
  return { server: cluster.server, credentials: () => credentialsOf(config) };
}

/** The namespace of the context, or `default`, as for kubectl. Throws LockstepError. */
export function readCurrentNamespace(options: KubeconfigOptions): string {
  const config = loadContext(options);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace?.trim() || 'default';
  if (isNamespaceName(namespace)) return namespace;
  throw new LockstepError('KUBECONFIG_NAMESPACE');
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  } catch (cause) {
    throw loginError(cause, config.getCurrentUser());
  }
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

function loadContext({ kubeconfig, context, env }: KubeconfigOptions): KubeConfig {
  const config = kubeconfig === undefined ? loadDefault(env?.KUBECONFIG) : loadFile(kubeconfig);
  if (context !== undefined) selectContext(config, context);
  return config;
}

function loadDefault(variable = ''): KubeConfig {
  const files = variable.split(delimiter).filter((file) => file !== '');
  const present = files.filter((file) => existsSync(file));
  if (present.length > 0) return loadFiles(present);
  if (files.length > 0) throw new LockstepError('KUBECONFIG_ABSENT', [files.join(', ')]);
  const config = loaded('the kubeconfig', (config) => config.loadFromDefault());
  // loadFromDefault falls back to http://localhost:8080 if it finds nothing.
  if (config.currentContext === 'loaded-context') throw new LockstepError('KUBECONFIG_NOT_FOUND');
  return config;
}

/** As kubectl merges the files of $KUBECONFIG: of two entries with one name, the first counts. */
function loadFiles(files: readonly string[]): KubeConfig {
  const configs = files.map(loadFile);
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfName(configs.flatMap(({ clusters }) => clusters)),
    users: firstOfName(configs.flatMap(({ users }) => users)),
    contexts: firstOfName(configs.flatMap(({ contexts }) => contexts)),
    currentContext: configs.map(({ currentContext }) => currentContext).find((name) => Boolean(name)),
  });
  return merged;
}

const firstOfName = <Entry extends { readonly name: string }>(entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry, index) => entries.findIndex(({ name }) => name === entry.name) === index);

/** In bytes. A file of a large company with hundreds of contexts and certificates has a tenth of it. */
const MAX_BYTES = 16 * 1024 * 1024;

const loadFile = (file: string): KubeConfig =>
  loaded(file, (config) => {
    // A pipe of the shell has no size.
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES)
      throw new Error('it is larger than 16 MiB');
    config.loadFromFile(file);
  });

function loaded(file: string, load: (config: KubeConfig) => void): KubeConfig {
  const config = new KubeConfig();
  try {
    load(config);
  } catch (cause) {
    // The library reads the fields of an empty file as those of an object.
    const reason = cause instanceof TypeError ? 'it is no kubeconfig' : firstLine(cause);
    throw new LockstepError('KUBECONFIG_UNREADABLE', [file, reason]);
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
  const names = config.getContexts().map(({ name }) => name);
  if (!names.includes(context))
    throw new LockstepError('KUBECONFIG_CONTEXT', [context, hintFor(context, names)]);
  config.setCurrentContext(context);
}

/** A file of a large company has hundreds of contexts. */
const MAX_CONTEXTS = 10;

function hintFor(context: string, names: readonly string[]): string {
  const [nearest] = nearestNames(context, names);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  const others = names.length - MAX_CONTEXTS;
  const shown = names.slice(0, MAX_CONTEXTS).join(', ') || 'none';
  return `it has ${shown}${others > 0 ? ` and ${others} more` : ''}`;
}
