import type { Cluster } from './connect.ts';
import { type ListOptions, list } from './list.ts';
import type { Watched } from './watch.ts';

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
  const listed = {
    path: PATH,
    what: 'namespaces',
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  };
  const found = new Map<string, ReadonlyMap<string, string>>();
  for await (const item of list(cluster, listed, options)) {
    const { name, labels } = labelsOf(item);
    found.set(name, labels);
  }
  return found;
}

function labelsOf(object: unknown): NamespaceLabels {
  const { metadata } = object as Namespace;
  return { name: metadata.name, labels: new Map(Object.entries(metadata.labels ?? {})) };
}

interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}
