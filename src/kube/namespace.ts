import { LockstepError } from '../errors.ts';
import type { Cluster } from './connect.ts';
import { failure, Refusal } from './failure.ts';

/** The labels of one namespace; nothing but its metadata is asked for. Throws LockstepError, also where it does not exist. */
export async function readNamespace(cluster: Cluster, name: string): Promise<ReadonlyMap<string, string>> {
  const call = {
    path: `/api/v1/namespaces/${encodeURIComponent(name)}`,
    accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  };
  try {
    const { metadata } = (await cluster.call(call)).object as Namespace;
    return new Map(Object.entries(metadata.labels ?? {}));
  } catch (cause) {
    throw explained(cause, cluster, name);
  }
}

interface Namespace {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

function explained(cause: unknown, { server }: Cluster, name: string): LockstepError {
  if (cause instanceof Refusal && cause.status === 404) return new LockstepError('NAMESPACE_ABSENT', [name]);
  if (cause instanceof Refusal && cause.status === 403)
    return new LockstepError('READ_FORBIDDEN', [`get namespace ${name}`]);
  return failure(cause, server, `reading namespace ${name}`);
}
