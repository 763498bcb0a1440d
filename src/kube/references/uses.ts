import type { MakingObject } from '../../engine/diagnosis/uses/makers-of.ts';
import type { UsingObject } from '../../engine/diagnosis/uses/use-index.ts';
import { madeSecretsOf } from '../../engine/workloads/references/made-secrets.ts';
import { readingsOf } from '../../engine/workloads/references/object-readings.ts';
import { WORKLOAD_KINDS } from '../../engine/workloads/rollout/workload-kinds.ts';
import type { Cluster } from '../client/connect.ts';
import type { ListOptions } from '../client/list.ts';
import { isScaledDown, templateDeploymentOf, workloadOf } from '../objects/workload-object.ts';
import { type ApiGroups, readApiGroups } from './api-groups.ts';
import { type ClusterObject, type ClusterScope, type ListedKind, visitObjects } from './list-objects.ts';
import { controllerOf, hasEnded } from './readers.ts';

/** The objects that could not be read: `jobs in namespace shop`. */
export type UnreadObjects = readonly string[];

export const TOO_MANY = 'a part of the objects, because there are too many';

/**
 * Visits each object that reads Secrets or ConfigMaps, one at a time. The pods of a workload count as the workload
 * itself: they may be older than its template. Cluster-scoped objects are visited only for all namespaces. Throws
 * READ_STOPPED.
 */
export async function visitUses(
  cluster: Cluster,
  scope: ClusterScope,
  visit: (object: UsingObject & MakingObject) => void,
  options: ListOptions = {},
): Promise<UnreadObjects> {
  const installed = await readApiGroups(cluster);
  const unread = installed === undefined ? ['the kinds of installed controllers'] : [];
  const owners = new Owners();
  const templates = new Map<string, unknown[]>();
  for (const listed of kindsIn(installed ?? new Map())) {
    if (!listed.isNamespaced && scope.namespace !== undefined) continue;
    const reason = await visitObjects(
      cluster,
      scope,
      listed,
      (object, item) => {
        if (object.kind === 'Job' && hasEnded(item)) return;
        const place = `${object.namespace}/${object.name}`;
        const template = object.kind === 'Rollout' ? templateDeploymentOf(item) : undefined;
        if (template !== undefined) {
          const key = `${object.namespace}/${template}`;
          templates.set(key, [...(templates.get(key) ?? []), item]);
        }
        const rollouts = object.kind === 'Deployment' ? templates.get(place) : undefined;
        for (const rollout of rollouts ?? []) visit(rolloutOf(rollout, object, item));
        // It only holds the template of a Rollout.
        if (rollouts !== undefined && isScaledDown(item)) return;
        const owner = owners.add(object, item);
        if (object.kind === 'ReplicaSet' && owner.kind !== 'ReplicaSet') return;
        visit({
          ...owner,
          namespace: object.namespace,
          readings: readingsOf(object),
          workload: () => (owner.kind === object.kind ? ownWorkload(object, item) : undefined),
          made: () => madeSecretsOf(object),
        });
      },
      options,
    );
    if (reason !== undefined) unread.push(reason);
  }
  return unread;
}

const kind = (
  apiVersion: string,
  name: string,
  plural: string,
  more: Partial<ListedKind> = {},
): ListedKind => ({ apiVersion, kind: name, plural, isNamespaced: true, ...more });

/** A Rollout comes before the Deployment whose template it takes, and an owner before its pods. */
function kindsIn(groups: ApiGroups): readonly ListedKind[] {
  const installed = (group: string, name: string, plural: string): readonly ListedKind[] => {
    const version = groups.get(group);
    return version === undefined ? [] : [kind(version, name, plural)];
  };
  return [
    ...installed('argoproj.io', 'Rollout', 'rollouts'),
    kind('apps/v1', 'Deployment', 'deployments'),
    kind('apps/v1', 'StatefulSet', 'statefulsets'),
    kind('apps/v1', 'DaemonSet', 'daemonsets'),
    kind('batch/v1', 'CronJob', 'cronjobs'),
    kind('batch/v1', 'Job', 'jobs'),
    kind('apps/v1', 'ReplicaSet', 'replicasets'),
    kind('v1', 'ReplicationController', 'replicationcontrollers'),
    kind('v1', 'Pod', 'pods', { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }),
    kind('networking.k8s.io/v1', 'Ingress', 'ingresses'),
    kind('v1', 'ServiceAccount', 'serviceaccounts'),
    ...installed('gateway.networking.k8s.io', 'Gateway', 'gateways'),
    ...installed('lockstep.dev', 'PostgresCredential', 'postgrescredentials'),
    ...installed('lockstep.dev', 'RedisCredential', 'rediscredentials'),
    kind('v1', 'PersistentVolume', 'persistentvolumes', { isNamespaced: false }),
    kind('storage.k8s.io/v1', 'StorageClass', 'storageclasses', { isNamespaced: false }),
  ];
}

type Owner = Pick<UsingObject, 'kind' | 'name'>;

/** The workloads of ReplicaSets and Jobs, so that a pod can be counted as its workload. */
class Owners {
  readonly #byController = new Map<string, Owner>();

  /** The workload of the object, or the object itself. */
  add({ kind, name, namespace }: ClusterObject, item: unknown): Owner {
    if (!CREATED_KINDS.has(kind)) return { kind, name };
    const controller = controllerOf(item);
    if (controller === undefined || controller.kind === 'Node') return { kind, name };
    const owner = this.#byController.get(`${namespace}/${controller.kind}/${controller.name}`) ?? controller;
    if (kind !== 'Pod') this.#byController.set(`${namespace}/${kind}/${name}`, owner);
    return owner;
  }
}

const CREATED_KINDS: ReadonlySet<string> = new Set(['Job', 'ReplicaSet', 'Pod']);

function ownWorkload({ kind: name }: ClusterObject, item: unknown) {
  const workloadKind = WORKLOAD_KINDS.find((one) => one === name);
  return workloadKind && workloadOf(workloadKind, item);
}

/** A Rollout with the pod template of a Deployment. */
function rolloutOf(item: unknown, deployment: ClusterObject, template: unknown): UsingObject & MakingObject {
  const { metadata } = item as { readonly metadata: { readonly name: string } };
  return {
    namespace: deployment.namespace,
    kind: 'Rollout',
    name: metadata.name,
    readings: readingsOf(deployment),
    workload: () => workloadOf('Rollout', item, template),
    made: () => [],
  };
}
