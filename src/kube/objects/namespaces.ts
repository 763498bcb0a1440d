import { LockstepError } from '../../errors.ts';
import { failure, Refusal } from '../client/api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from '../client/connect.ts';
import { type ListOptions, list } from '../client/list.ts';
import type { Watched } from '../client/watch.ts';

const PATH = '/api/v1/namespaces';

export interface NamespaceLabels {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** All namespaces, for `watch`: of each nothing but its metadata is asked for. */
export const NAMESPACES: Watched<NamespaceLabels> = {
  path: PATH,
  what: 'namespaces',
  metadataOnly: true,
  keep: labelsOf,
};

/** The labels of every namespace as they are now. Throws LockstepError. */
export async function readNamespaceLabels(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const listed = { path: PATH, what: 'namespaces', accept: METADATA_LIST };
  const found = new Map<string, ReadonlyMap<string, string>>();
  for await (const item of list(cluster, listed, options)) {
    const { name, labels } = labelsOf(item);
    found.set(name, labels);
  }
  return found;
}

/** The labels of one. Throws LockstepError, also where it does not exist. */
export async function readNamespace(cluster: Cluster, name: string): Promise<ReadonlyMap<string, string>> {
  const call = { path: `${PATH}/${encodeURIComponent(name)}`, accept: METADATA };
  try {
    return labelsOf((await cluster.call(call)).object).labels;
  } catch (cause) {
    throw explained(cause, cluster, name);
  }
}

function explained(cause: unknown, { server }: Cluster, name: string): LockstepError {
  if (cause instanceof Refusal && cause.status === 404)
    return new LockstepError('NAMESPACE_NOT_FOUND', [name]);
  if (cause instanceof Refusal && cause.status === 403)
    return new LockstepError('READ_FORBIDDEN', [`get namespace ${name}`]);
  return failure(cause, server, `reading namespace ${name}`);
}

function labelsOf(object: unknown): NamespaceLabels {
  const { metadata } = object as Namespace;
  return { name: metadata.name, labels: new Map(Object.entries(metadata.labels ?? {})) };
}

interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}
