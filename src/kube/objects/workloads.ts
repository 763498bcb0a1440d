import type { Workload } from '../../engine/rollout/consumers.ts';
import { SECRET_VERSION } from '../../engine/rollout/secret-version.ts';
import { KINDS, type Kind } from '../../engine/rollout/workload-kinds.ts';
import type { FieldManager } from '../../engine/secret/kubernetes-names.ts';
import { LockstepError } from '../../errors.ts';
import { denierOf, failure, Refusal } from '../client/api-error.ts';
import { type Cluster, METADATA, METADATA_LIST } from '../client/connect.ts';
import { type Listed, type ListOptions, list } from '../client/list.ts';
import { createdOf, type Made, RESOURCES, workloadOf } from './workload-object.ts';

/** All of a namespace that are there to stay, whether they read a Secret or not. Throws LockstepError: WORKLOADS_FORBIDDEN where one of their kinds may not be listed. */
export async function readWorkloads(
  cluster: Cluster,
  namespace: string,
  options: ListOptions = {},
): Promise<readonly Workload[]> {
  const found: Workload[] = [];
  for (const kind of KINDS) {
    const { plural } = RESOURCES[kind];
    const what = `${plural} in namespace ${namespace}`;
    const listed = { path: collectionOf(kind, namespace), what, isOptional: true };
    for await (const item of listing(cluster, listed, options)) {
      const workload = workloadOf(kind, item);
      if (workload !== undefined) found.push(workload);
    }
  }
  return found;
}

/** `id`: `Kind/name`. Undefined where there is none. Throws LockstepError. */
export async function readWorkload(
  cluster: Cluster,
  namespace: string,
  id: string,
): Promise<Workload | undefined> {
  const [kind, name] = partsOf(id);
  if (kind === undefined) return undefined;
  const { plural } = RESOURCES[kind];
  const what = `${plural} in namespace ${namespace}`;
  const found = await reading(cluster, what, { path: `${collectionOf(kind, namespace)}/${name}` });
  return found === undefined ? undefined : workloadOf(kind, found);
}

/**
 * When the template was made that the pods of a workload are made of now; undefined where there is none, or where it is not known. Read by metadata only: what it
 * holds is the whole pod template once more. Throws LockstepError.
 */
export async function readRevised(
  cluster: Cluster,
  { namespace, uid, revision }: Workload,
): Promise<Date | undefined> {
  if (revision === undefined) return undefined;
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${revision.kind}`;
  const what = `${revision.kind} in namespace ${namespace}`;
  if ('name' in revision) {
    const call = { path: `${path}/${encodeURIComponent(revision.name)}`, accept: METADATA };
    const found = await reading(cluster, what, call);
    return found === undefined ? undefined : createdOf(found as Made);
  }
  const { annotation, value, selector } = revision;
  const listed = { path, what, accept: METADATA_LIST, labelSelector: selector };
  for await (const item of listing(cluster, listed, {})) {
    const { metadata } = item as Made;
    const isIts = metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true);
    if (isIts && metadata.annotations?.[annotation] === value) return createdOf(item as Made);
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
  const template = { metadata: { annotations: { [SECRET_VERSION]: stamp } } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  const path = `${collectionOf(kind, namespace)}/${name}`;
  const contentType = 'application/strategic-merge-patch+json';
  const body = { metadata: { resourceVersion }, spec };
  try {
    await call({ method: 'PATCH', path, query: { fieldManager }, body, contentType });
  } catch (cause) {
    // A webhook that fails for now is asked again.
    if (!(cause instanceof Refusal) || ![400, 403, 404, 422].includes(cause.status))
      throw failure(cause, server, `restarting ${kind} ${namespace}/${name}`);
    const denier = denierOf(cause);
    if (denier === undefined && cause.status === 404) return;
    throw new LockstepError(
      'RESTART_REFUSED',
      [`${kind} ${namespace}/${name}`, denier ?? whyRefused(cause)],
      cause,
    );
  }
}

/** Nothing of what is said in full: it may quote the pod template. */
const whyRefused = ({ status }: Refusal): string =>
  status === 403 ? 'this user may not patch it' : `HTTP ${status}`;

async function* listing(cluster: Cluster, listed: Listed, options: ListOptions): AsyncGenerator<unknown> {
  try {
    yield* list(cluster, listed, options);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_READ_FORBIDDEN') throw error;
    throw new LockstepError('WORKLOADS_FORBIDDEN', [`list ${listed.what}`], error);
  }
}

/** Undefined where there is none. */
async function reading(
  { server, call }: Cluster,
  what: string,
  asked: { readonly path: string; readonly accept?: string },
): Promise<unknown> {
  try {
    return (await call(asked)).object;
  } catch (cause) {
    if (cause instanceof Refusal && cause.status === 404) return undefined;
    if (cause instanceof Refusal && cause.status === 403)
      throw new LockstepError('WORKLOADS_FORBIDDEN', [`get ${what}`], cause);
    throw failure(cause, server, `reading ${what}`);
  }
}

function collectionOf(kind: Kind, namespace: string): string {
  const { apiVersion, plural } = RESOURCES[kind];
  return `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** A record may have been edited by hand. */
function partsOf(id: string): readonly [Kind | undefined, string] {
  const [, before, name = ''] = /^(\w+)\/([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)$/.exec(id) ?? [];
  return [KINDS.find((kind) => kind === before), name];
}
