import type { Revision, Workload } from '../../engine/rollout/consumers.ts';
import { type PodSpec, secretUsesOf } from '../../engine/rollout/pod-template.ts';
import { isObserved, progressOf, type RollingWorkload } from '../../engine/rollout/progress.ts';
import { SECRET_VERSION_ANNOTATION } from '../../engine/rollout/secret-version.ts';
import type { WorkloadKind } from '../../engine/rollout/workload-kinds.ts';
import type { Annotation } from '../../engine/secret/kubernetes-names.ts';

export const WORKLOAD_RESOURCES: Readonly<
  Record<WorkloadKind, { readonly apiVersion: string; readonly plural: string }>
> = {
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
  DaemonSet: { apiVersion: 'apps/v1', plural: 'daemonsets' },
  CronJob: { apiVersion: 'batch/v1', plural: 'cronjobs' },
};

/** An annotation of workloads that lockstep must not restart, because they follow their Secrets automatically. */
const RESTART_ANNOTATION = 'lockstep.dev/restart' satisfies Annotation;

/** The fields that lockstep reads of a workload. */
export interface ResourceObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly annotations?: StringMap;
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[];
  };
}

type StringMap = Readonly<Record<string, string>>;

interface WorkloadObject extends ResourceObject {
  readonly spec: RollingWorkload['spec'] & {
    readonly selector?: LabelSelectorObject;
    readonly template?: PodTemplateObject;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateObject } };
  };
  readonly status?: RollingWorkload['status'] & { readonly updateRevision?: string };
}

interface PodTemplateObject {
  readonly metadata?: { readonly annotations?: StringMap | null } | null;
  readonly spec?: PodSpec;
}

interface LabelSelectorObject {
  readonly matchLabels?: StringMap;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[] | null;
  }[];
}

/** Undefined if the workload is being deleted: its controller no longer replaces its pods. */
export function workloadOf(kind: WorkloadKind, object: unknown): Workload | undefined {
  const workloadObject = object as WorkloadObject;
  const { metadata, spec } = workloadObject;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const { name, namespace, uid, resourceVersion } = metadata;
  const template = kind === 'CronJob' ? spec.jobTemplate?.spec?.template : spec.template;
  return {
    apiVersion: WORKLOAD_RESOURCES[kind].apiVersion,
    kind,
    namespace,
    name,
    uid,
    resourceVersion,
    created: creationTime(workloadObject),
    uses: secretUsesOf(template?.spec ?? {}),
    versionAnnotation: template?.metadata?.annotations?.[SECRET_VERSION_ANNOTATION],
    optedOut: metadata.annotations?.[RESTART_ANNOTATION] === 'false',
    progress: progressOf(kind, workloadObject),
    revision: isObserved(workloadObject) ? revisionOf(kind, workloadObject) : undefined,
  };
}

export const creationTime = ({ metadata }: ResourceObject): Date => new Date(metadata.creationTimestamp);

/**
 * A StatefulSet names its revision. The ReplicaSet of a Deployment and the ControllerRevision of a DaemonSet have a
 * number that is unique among the revisions.
 */
function revisionOf(kind: WorkloadKind, { metadata, spec, status }: WorkloadObject): Revision | undefined {
  if (kind === 'StatefulSet') {
    const name = status?.updateRevision;
    return name ? { kind: 'controllerrevisions', name } : undefined;
  }
  if (kind === 'CronJob') return undefined;
  const source = REVISION_SOURCES[kind];
  const value = metadata.annotations?.[source.annotation];
  return value === undefined ? undefined : { ...source, value, selector: selectorQuery(spec.selector ?? {}) };
}

const REVISION_SOURCES = {
  Deployment: { kind: 'replicasets', annotation: 'deployment.kubernetes.io/revision' },
  DaemonSet: { kind: 'controllerrevisions', annotation: 'deprecated.daemonset.template.generation' },
} as const;

/** The selector as a query parameter. */
function selectorQuery({ matchLabels = {}, matchExpressions = [] }: LabelSelectorObject): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${(values ?? []).join(',')})`;
    }),
  ].join(',');
}
