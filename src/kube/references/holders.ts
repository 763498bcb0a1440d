import type { Cluster } from '../client/connect.ts';
import type { ListOptions } from '../client/list.ts';
import { readApiGroups } from './api-groups.ts';
import { type ClusterObject, type ClusterScope, type ListedKind, visitObjects } from './list-objects.ts';
import { controllerOf, hasEnded } from './readers.ts';

/** The kinds whose objects may hold a value in plain text, or read one. ConfigMaps come before their readers. */
const HOLDERS: readonly ListedKind[] = [
  ['v1', 'ConfigMap', 'configmaps'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['apps/v1', 'ReplicaSet', 'replicasets'],
  ['batch/v1', 'CronJob', 'cronjobs'],
  ['batch/v1', 'Job', 'jobs'],
  ['v1', 'ReplicationController', 'replicationcontrollers'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'ServiceAccount', 'serviceaccounts'],
  ['networking.k8s.io/v1', 'Ingress', 'ingresses'],
].map(([apiVersion = '', kind = '', plural = '']) => ({ apiVersion, kind, plural, isNamespaced: true }));

const ROLLOUT = { kind: 'Rollout', plural: 'rollouts', isNamespaced: true };

/**
 * Visits each object that no other one of these kinds has made. `isActive` is false for a Job that has ended. Resolves
 * with what could not be read.
 */
export async function visitHolders(
  cluster: Cluster,
  scope: ClusterScope,
  visit: (object: ClusterObject, isActive: boolean) => void,
  options: ListOptions = {},
): Promise<readonly string[]> {
  const groups = await readApiGroups(cluster);
  const unread = groups === undefined ? ['the kinds of installed controllers'] : [];
  const rollouts = groups?.get('argoproj.io');
  const kinds = rollouts === undefined ? HOLDERS : [...HOLDERS, { ...ROLLOUT, apiVersion: rollouts }];
  const makers = new Set(kinds.map(({ kind }) => kind));
  for (const listed of kinds) {
    const reason = await visitObjects(
      cluster,
      scope,
      listed,
      (object, item) => {
        if (!makers.has(controllerOf(item)?.kind ?? '')) visit(object, !hasEnded(item));
      },
      {
        ...options,
        onOversized: ({ namespace, name }) =>
          unread.push(`${listed.kind} ${namespace}/${name}: larger than 16 MiB`),
      },
    );
    if (reason !== undefined) unread.push(reason);
  }
  return unread;
}
