import type { Cluster } from '../client/connect.ts';
import type { ListOptions } from '../client/list.ts';
import type { ApiGroups } from './api-groups.ts';
import { type ClusterObject, type ClusterScope, type ListedKind, visitObjects } from './list-objects.ts';

/**
 * The kinds that read Secrets. A pod that lacks one does not start, so it is Pending. A ReplicaSet alone is rare, and
 * a Deployment keeps ten old ones.
 */
export const READERS: readonly ListedKind[] = [
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['batch/v1', 'CronJob', 'cronjobs'],
  ['batch/v1', 'Job', 'jobs'],
  ['v1', 'Pod', 'pods', 'status.phase=Pending'],
  ['networking.k8s.io/v1', 'Ingress', 'ingresses'],
  ['v1', 'ServiceAccount', 'serviceaccounts'],
].map(([apiVersion = '', kind = '', plural = '', fieldSelector]) => ({
  apiVersion,
  kind,
  plural,
  isNamespaced: true,
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
}));

/** Argo Rollouts, if they are installed. */
const ROLLOUT = { kind: 'Rollout', plural: 'rollouts', isNamespaced: true };

/** Its template is read, so its pods and jobs need not be. */
const TEMPLATE_OWNERS = new Set(['ReplicaSet', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job']);

/** Visits each object that reads Secrets. Resolves with the kinds that can't be read. Throws READ_STOPPED. */
export async function visitReaders(
  cluster: Cluster,
  scope: ClusterScope,
  groups: ApiGroups,
  visit: (object: ClusterObject) => void,
  options: ListOptions = {},
): Promise<readonly string[]> {
  const unread: string[] = [];
  const rollouts = groups.get('argoproj.io');
  const kinds = rollouts === undefined ? READERS : [...READERS, { ...ROLLOUT, apiVersion: rollouts }];
  for (const kind of kinds) {
    const reason = await visitObjects(
      cluster,
      scope,
      kind,
      (object, item) => {
        if (!isOwned(item) && !hasEnded(item)) visit(object);
      },
      options,
    );
    if (reason !== undefined) unread.push(reason);
  }
  return unread;
}

interface OwnedObject {
  readonly metadata?: { readonly ownerReferences?: unknown } | null;
  readonly status?: { readonly conditions?: unknown } | null;
}

const isOwned = (item: unknown): boolean => TEMPLATE_OWNERS.has(controllerOf(item)?.kind ?? '');

/** The object that created this one and keeps it. */
export function controllerOf(item: unknown): { readonly kind: string; readonly name: string } | undefined {
  const owners = listOf((item as OwnedObject).metadata?.ownerReferences);
  const controller = owners.find(({ controller }) => controller === true);
  return controller && { kind: String(controller.kind), name: String(controller.name) };
}

/** A Job that ended starts no pod. */
export const hasEnded = (item: unknown): boolean =>
  listOf((item as OwnedObject).status?.conditions).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );

const listOf = (list: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(list) ? list.filter((one) => typeof one === 'object' && one !== null) : [];
