import { toKubernetesTime } from '../../engine/secret/kubernetes/conditions.ts';
import type { Workload } from '../../engine/workloads/rollout/consumers.ts';
import { SECRET_VERSION_ANNOTATION } from '../../engine/workloads/rollout/secret-version.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from '../../engine/workloads/rollout/workload-kinds.ts';
import { LockstepError } from '../../errors/errors.ts';
import { ApiStatusError, clusterError, denyingWebhookOf, hasStatus } from '../client/api-error.ts';
import { apiPath, mergePatch } from '../client/call.ts';
import { type ApiCall, type Cluster, METADATA, METADATA_LIST } from '../client/connect.ts';
import { type ListOptions, type ListTarget, list } from '../client/list.ts';
import { roleCommand } from '../client/role-command.ts';
import {
  creationTime,
  isScaledDown,
  type ResourceObject,
  templateDeploymentOf,
  WORKLOAD_RESOURCES,
  workloadOf,
} from './workload-object.ts';

/**
 * All workloads of a namespace that are not being deleted, whether they read a Secret or not. Throws LockstepError,
 * WORKLOADS_FORBIDDEN if lockstep may not list one of their kinds.
 */
export async function readWorkloads(
  cluster: Cluster,
  namespace: string,
  options: ListOptions = {},
): Promise<readonly Workload[]> {
  const rollouts: unknown[] = [];
  for await (const item of listKind(cluster, 'Rollout', namespace, options)) rollouts.push(item);
  const templateNames = new Set(rollouts.map(templateDeploymentOf));
  const templates = new Map<string, unknown>();
  const workloads: Workload[] = [];
  for (const kind of WORKLOAD_KINDS) {
    if (kind === 'Rollout') continue;
    for await (const item of listKind(cluster, kind, namespace, options)) {
      const isTemplate = kind === 'Deployment' && templateNames.has(nameOf(item));
      if (isTemplate) templates.set(nameOf(item), item);
      // It only holds the template. A new annotation in it would begin a canary of the Rollout.
      const workload = isTemplate && isScaledDown(item) ? undefined : workloadOf(kind, item);
      if (workload !== undefined) workloads.push(workload);
    }
  }
  return [
    ...workloads,
    ...rollouts.flatMap((item) => {
      const template = templates.get(templateDeploymentOf(item) ?? '');
      return workloadOf('Rollout', item, template) ?? [];
    }),
  ];
}

/** The objects of one kind. None if the cluster does not have the kind. */
async function* listKind(
  cluster: Cluster,
  kind: WorkloadKind,
  namespace: string,
  options: ListOptions,
): AsyncGenerator<unknown> {
  const { apiVersion, plural } = WORKLOAD_RESOURCES[kind];
  const what = `${plural} in namespace ${namespace}`;
  const target = { path: workloadPath(kind, { namespace }), what, isOptional: true };
  try {
    yield* listWorkloads(cluster, target, options);
  } catch (error) {
    // Without the right to list a kind, the API server answers 403 even if it does not know the kind.
    if (!isForbidden(error) || (await isInstalled(cluster, apiVersion))) throw error;
  }
}

const isForbidden = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_WORKLOADS_FORBIDDEN';

/** Every user may ask for an API group. Without an answer, the kind counts as installed. */
async function isInstalled({ call }: Cluster, apiVersion: string): Promise<boolean> {
  try {
    await call({ path: `/apis/${apiVersion}` });
    return true;
  } catch (cause) {
    return !hasStatus(cause, 404);
  }
}

const nameOf = (object: unknown): string => (object as ResourceObject).metadata.name;

/** `id` is `Kind/name`. Undefined if there is none. Throws LockstepError. */
export async function readWorkload(
  cluster: Cluster,
  namespace: string,
  id: string,
): Promise<Workload | undefined> {
  const [kind, name] = parseWorkloadId(id);
  if (kind === undefined) return undefined;
  const { plural } = WORKLOAD_RESOURCES[kind];
  const description = `${plural} in namespace ${namespace}`;
  const object = await readObject(cluster, description, { path: workloadPath(kind, { namespace, name }) });
  if (object === undefined) return undefined;
  const templateName = templateDeploymentOf(object);
  const templateOwner =
    templateName === undefined
      ? undefined
      : await readObject(cluster, `deployments in namespace ${namespace}`, {
          path: workloadPath('Deployment', { namespace, name: templateName }),
        });
  return workloadOf(kind, object, templateOwner);
}

/**
 * The creation time of the current pod template of a workload. Undefined if there is none, or if it is not known. Only
 * metadata is read, because the revision holds the whole pod template again. Throws LockstepError.
 */
export async function readTemplateCreationTime(
  cluster: Cluster,
  { namespace, uid, revision }: Workload,
): Promise<Date | undefined> {
  if (revision === undefined) return undefined;
  const description = `${revision.kind} in namespace ${namespace}`;
  if ('name' in revision) {
    const path = apiPath('apps/v1', revision.kind, { namespace, name: revision.name });
    const object = await readObject(cluster, description, { path, accept: METADATA });
    return object === undefined ? undefined : creationTime(object as ResourceObject);
  }
  const { annotation, value, selector, restartedAt } = revision;
  const path = apiPath('apps/v1', revision.kind, { namespace });
  const target = { path, what: description, accept: METADATA_LIST, labelSelector: selector };
  for await (const item of listWorkloads(cluster, target, {})) {
    const { metadata } = item as ResourceObject;
    const isOwnedByWorkload = metadata.ownerReferences?.some(
      (owner) => owner.uid === uid && owner.controller === true,
    );
    if (isOwnedByWorkload && metadata.annotations?.[annotation] === value)
      return later(creationTime(item as ResourceObject), restartedAt);
  }
  return undefined;
}

const later = (a: Date, b: Date | undefined): Date => (b !== undefined && b > a ? b : a);

/**
 * Sets `lockstep.dev/secret-version` of the pod template, so that the workload's controller replaces its pods. A
 * Rollout gets the annotation itself, and `spec.restartAt`. Does nothing if the workload is gone. `now` is the time of
 * the API server. Throws LockstepError, CLUSTER_CONFLICT if the workload changed since it was read, RESTART_REFUSED if
 * the API server denies the change.
 */
export async function restartWorkload(
  { server, call }: Cluster,
  workload: Workload,
  stamp: string,
  now: Date,
): Promise<void> {
  const { kind, namespace, name } = workload;
  // A restart of a Rollout has no other mark. After a crash, the same restart must not happen twice.
  if (kind === 'Rollout' && workload.versionAnnotation === stamp) return;
  try {
    await call(kind === 'Rollout' ? rolloutPatch(workload, stamp, now) : templatePatch(workload, stamp));
  } catch (cause) {
    // A webhook that fails may answer the next time.
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

function templatePatch(workload: Workload, stamp: string): ApiCall {
  const { kind, resourceVersion } = workload;
  const template = { metadata: { annotations: { [SECRET_VERSION_ANNOTATION]: stamp } } };
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return {
    ...mergePatch(workloadPath(kind, workload), { metadata: { resourceVersion }, spec }),
    contentType: 'application/strategic-merge-patch+json',
  };
}

/** As `kubectl argo rollouts restart`. A pod that was made in this second may have the old value, so it is replaced. */
function rolloutPatch(workload: Workload, stamp: string, now: Date): ApiCall {
  const { kind, resourceVersion } = workload;
  const restartAt = new Date(Math.ceil((now.getTime() + 1) / 1000) * 1000);
  return mergePatch(workloadPath(kind, workload), {
    metadata: { resourceVersion, annotations: { [SECRET_VERSION_ANNOTATION]: stamp } },
    spec: { restartAt: toKubernetesTime(restartAt) },
  });
}

/** The reason holds no full text of the answer, because it may quote the pod template. */
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
    throw new LockstepError(
      'WORKLOADS_FORBIDDEN',
      [`list ${target.what}`, roleCommand('list', target.path)],
      error,
    );
  }
}

/** Undefined if there is none. */
async function readObject(
  { server, call }: Cluster,
  description: string,
  request: { readonly path: string; readonly accept?: string },
): Promise<unknown> {
  try {
    return (await call(request)).object;
  } catch (cause) {
    if (hasStatus(cause, 404)) return undefined;
    if (hasStatus(cause, 403))
      throw new LockstepError(
        'WORKLOADS_FORBIDDEN',
        [`get ${description}`, roleCommand('get', request.path)],
        cause,
      );
    throw clusterError(cause, server, `reading ${description}`);
  }
}

function workloadPath(kind: WorkloadKind, place: Parameters<typeof apiPath>[2]): string {
  const { apiVersion, plural } = WORKLOAD_RESOURCES[kind];
  return apiPath(apiVersion, plural, place);
}

/** A person may have edited the record. */
function parseWorkloadId(id: string): readonly [WorkloadKind | undefined, string] {
  const [, kindName, name = ''] = /^(\w+)\/([a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)$/.exec(id) ?? [];
  return [WORKLOAD_KINDS.find((kind) => kind === kindName), name];
}
