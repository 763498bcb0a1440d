import type { Workload } from '../../engine/rollout/consumers.ts';
import { SECRET_VERSION_ANNOTATION } from '../../engine/rollout/secret-version.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from '../../engine/rollout/workload-kinds.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import { ApiStatusError, clusterError, denyingWebhookOf } from '../client/api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from '../client/connect.ts';
import { type ListOptions, type ListTarget, list } from '../client/list.ts';
import { creationTime, type ResourceObject, WORKLOAD_RESOURCES, workloadOf } from './workload-object.ts';

/** All of a namespace that are there to stay, whether they read a Secret or not. Throws LockstepError: WORKLOADS_FORBIDDEN where one of their kinds may not be listed. */
export async function readWorkloads(
  cluster: Cluster,
  namespace: string,
  options: ListOptions = {},
): Promise<readonly Workload[]> {
  const workloads: Workload[] = [];
  for (const kind of WORKLOAD_KINDS) {
    const { plural } = WORKLOAD_RESOURCES[kind];
    const description = `${plural} in namespace ${namespace}`;
    const target = { path: collectionPath(kind, namespace), what: description, isOptional: true };
    for await (const item of listWorkloads(cluster, target, options)) {
      const workload = workloadOf(kind, item);
      if (workload !== undefined) workloads.push(workload);
    }
  }
  return workloads;
}

/** `id`: `Kind/name`. Undefined where there is none. Throws LockstepError. */
export async function readWorkload(
  cluster: Cluster,
  namespace: string,
  id: string,
): Promise<Workload | undefined> {
  const [kind, name] = parseWorkloadId(id);
  if (kind === undefined) return undefined;
  const { plural } = WORKLOAD_RESOURCES[kind];
  const description = `${plural} in namespace ${namespace}`;
  const object = await readObject(cluster, description, {
    path: `${collectionPath(kind, namespace)}/${name}`,
  });
  return object === undefined ? undefined : workloadOf(kind, object);
}

/**
 * When the template was made that the pods of a workload are made of now; undefined where there is none, or where it is not known. Read by metadata only: what it
 * holds is the whole pod template once more. Throws LockstepError.
 */
export async function readTemplateCreationTime(
  cluster: Cluster,
  { namespace, uid, revision }: Workload,
): Promise<Date | undefined> {
  if (revision === undefined) return undefined;
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${revision.kind}`;
  const description = `${revision.kind} in namespace ${namespace}`;
  if ('name' in revision) {
    const call = { path: `${path}/${encodeURIComponent(revision.name)}`, accept: METADATA };
    const object = await readObject(cluster, description, call);
    return object === undefined ? undefined : creationTime(object as ResourceObject);
  }
  const { annotation, value, selector } = revision;
  const target = { path, what: description, accept: METADATA_LIST, labelSelector: selector };
  for await (const item of listWorkloads(cluster, target, {})) {
    const { metadata } = item as ResourceObject;
    const isOwnedByWorkload = metadata.ownerReferences?.some(
      (owner) => owner.uid === uid && owner.controller === true,
    );
    if (isOwnedByWorkload && metadata.annotations?.[annotation] === value)
      return creationTime(item as ResourceObject);
  }
  return undefined;
}

/**
 * Sets `lockstep.dev/secret-version` of its pod template, whereupon its own controller replaces its pods. Nothing where it is gone. Throws LockstepError:
 * CLUSTER_CONFLICT where it is no longer the one that was read, RESTART_REFUSED where somebody does not let it be changed.
 */
export async function restartWorkload(
  { server, call }: Cluster,
  { kind, namespace, name, resourceVersion }: Workload,
  stamp: string,
  fieldManager: FieldManager,
): Promise<void> {
  const template = { metadata: { annotations: { [SECRET_VERSION_ANNOTATION]: stamp } } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  const path = `${collectionPath(kind, namespace)}/${name}`;
  const contentType = 'application/strategic-merge-patch+json';
  const body = { metadata: { resourceVersion }, spec };
  try {
    await call({ method: 'PATCH', path, query: { fieldManager }, body, contentType });
  } catch (cause) {
    // A webhook that fails for now is asked again.
    if (!(cause instanceof ApiStatusError) || ![400, 403, 404, 422].includes(cause.status))
      throw clusterError(cause, server, `restarting ${kind} ${namespace}/${name}`);
    const denyingWebhook = denyingWebhookOf(cause);
    if (denyingWebhook === undefined && cause.status === 404) return;
    throw new LockstepError(
      'RESTART_REFUSED',
      [`${kind} ${namespace}/${name}`, denyingWebhook ?? patchRefusalReason(cause)],
      cause,
    );
  }
}

/** Nothing of what is said in full: it may quote the pod template. */
const patchRefusalReason = ({ status }: ApiStatusError): string =>
  status === 403 ? 'this user may not patch it' : `HTTP ${status}`;

async function* listWorkloads(
  cluster: Cluster,
  target: ListTarget,
  options: ListOptions,
): AsyncGenerator<unknown> {
  try {
    yield* list(cluster, target, options);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_READ_FORBIDDEN') throw error;
    throw new LockstepError('WORKLOADS_FORBIDDEN', [`list ${target.what}`], error);
  }
}

/** Undefined where there is none. */
async function readObject(
  { server, call }: Cluster,
  description: string,
  request: { readonly path: string; readonly accept?: string },
): Promise<unknown> {
  try {
    return (await call(request)).object;
  } catch (cause) {
    if (cause instanceof ApiStatusError && cause.status === 404) return undefined;
    if (cause instanceof ApiStatusError && cause.status === 403)
      throw new LockstepError('WORKLOADS_FORBIDDEN', [`get ${description}`], cause);
    throw clusterError(cause, server, `reading ${description}`);
  }
}

function collectionPath(kind: WorkloadKind, namespace: string): string {
  const { apiVersion, plural } = WORKLOAD_RESOURCES[kind];
  return `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** A record may have been edited by hand. */
function parseWorkloadId(id: string): readonly [WorkloadKind | undefined, string] {
  const [, kindName, name = ''] = /^(\w+)\/([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)$/.exec(id) ?? [];
  return [WORKLOAD_KINDS.find((kind) => kind === kindName), name];
}
