import type { Cluster } from './connect.ts';
import { type ListOptions, list } from './list.ts';

/** The labels of every namespace. Of a namespace nothing but its metadata is asked for. Throws LockstepError. */
export async function readNamespaceLabels(
  cluster: Cluster,
  options: ListOptions = {},
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const listed = {
    path: '/api/v1/namespaces',
    what: 'namespaces',
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  };
  const labels = new Map<string, ReadonlyMap<string, string>>();
  for await (const item of list(cluster, listed, options)) {
    const { metadata } = item as Namespace;
    labels.set(metadata.name, new Map(Object.entries(metadata.labels ?? {})));
  }
  return labels;
}

interface Namespace {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}
