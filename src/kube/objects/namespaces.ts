import { LockstepError } from '../../errors/errors.ts';
import { clusterError, hasStatus } from '../client/api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import { roleCommand } from '../client/role-command.ts';
import type { WatchTarget } from '../watch/watch-target.ts';

const PATH = '/api/v1/namespaces';

export interface NamespaceLabels {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** All namespaces, for `watch`. Only their metadata is requested. */
export const NAMESPACES: WatchTarget<NamespaceLabels> = {
  path: PATH,
  what: 'namespaces',
  metadataOnly: true,
  parse: namespaceLabelsOf,
};

/** The current labels of every namespace. Throws LockstepError. */
export async function readNamespaceLabels(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const target = { path: PATH, what: 'namespaces', accept: METADATA_LIST };
  const labelsByNamespace = new Map<string, ReadonlyMap<string, string>>();
  for await (const item of list(cluster, target, options)) {
    const { name, labels } = namespaceLabelsOf(item);
    labelsByNamespace.set(name, labels);
  }
  return labelsByNamespace;
}

/** The labels of one namespace. Throws LockstepError, also if it does not exist. */
export async function readLabelsOfNamespace(
  cluster: Cluster,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const call = { path: `${PATH}/${encodeURIComponent(name)}`, accept: METADATA };
  try {
    return namespaceLabelsOf((await cluster.call(call)).object).labels;
  } catch (cause) {
    throw namespaceError(cause, cluster, name);
  }
}

function namespaceError(cause: unknown, { server }: Cluster, name: string): LockstepError {
  if (hasStatus(cause, 404)) return new LockstepError('NAMESPACE_NOT_FOUND', [name]);
  if (hasStatus(cause, 403))
    return new LockstepError('READ_FORBIDDEN', [`get namespace ${name}`, roleCommand('get', PATH)]);
  return clusterError(cause, server, `reading namespace ${name}`);
}

function namespaceLabelsOf(object: unknown): NamespaceLabels {
  const { metadata } = object as NamespaceObject;
  return { name: metadata.name, labels: new Map(Object.entries(metadata.labels ?? {})) };
}

interface NamespaceObject {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}
