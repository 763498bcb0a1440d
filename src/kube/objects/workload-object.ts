import { runsRedis } from '../../engine/login/new-credential/server-workload.ts';
import type { Annotation } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import type { Revision, Workload } from '../../engine/workloads/rollout/consumers.ts';
import { secretUsesOf } from '../../engine/workloads/rollout/pod-template.ts';
import {
  isFullyPromoted,
  isObserved,
  isPausedByReloader,
  isRestarting,
  olderPodsOf,
  progressOf,
  type RollingWorkload,
} from '../../engine/workloads/rollout/progress.ts';
import { reloaderMarksOf } from '../../engine/workloads/rollout/reloader.ts';
import { SECRET_VERSION_ANNOTATION } from '../../engine/workloads/rollout/secret-version.ts';
import type { WorkloadKind } from '../../engine/workloads/rollout/workload-kinds.ts';
import { jsonFields } from './json-fields.ts';

export const WORKLOAD_RESOURCES: Readonly<
  Record<WorkloadKind, { readonly apiVersion: string; readonly plural: string }>
> = {
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  Rollout: { apiVersion: 'argoproj.io/v1alpha1', plural: 'rollouts' },
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
    /** A Rollout may take the pod template of a Deployment. */
    readonly workloadRef?: { readonly kind?: string; readonly name?: string } | null;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateObject } };
  };
  readonly status?: RollingWorkload['status'] & { readonly updateRevision?: string };
}

interface PodTemplateObject {
  readonly metadata?: { readonly annotations?: StringMap | null } | null;
  readonly spec?: {
    readonly containers?: readonly ContainerObject[] | null;
  };
}

interface ContainerObject {
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort: number }[] | null;
  readonly env?: readonly { readonly name?: string; readonly value?: string }[] | null;
}

interface LabelSelectorObject {
  readonly matchLabels?: StringMap;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[] | null;
  }[];
}

/** The name of the Deployment whose pod template a Rollout takes. Undefined if it has one of its own. */
export function templateDeploymentOf(object: unknown): string | undefined {
  const { kind, name } = (object as Partial<WorkloadObject>).spec?.workloadRef ?? {};
  return kind === 'Deployment' ? name : undefined;
}

/** Whether a Deployment has no pods because it was scaled down. */
export const isScaledDown = (object: unknown): boolean => (object as WorkloadObject).spec.replicas === 0;

/**
 * Undefined if the workload is being deleted: its controller no longer replaces its pods. `templateOwner` is the object
 * whose pod template the pods have, if it is another one.
 */
export function workloadOf(
  kind: WorkloadKind,
  object: unknown,
  templateOwner: unknown = object,
): Workload | undefined {
  // The schema of a Rollout asks for no spec.
  const workloadObject: WorkloadObject = { spec: {}, ...(object as Omit<WorkloadObject, 'spec'>) };
  const { metadata, spec } = workloadObject;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const { name, namespace, uid, resourceVersion } = metadata;
  const owner = templateOwner === object ? spec : (templateOwner as WorkloadObject).spec;
  const template = kind === 'CronJob' ? owner.jobTemplate?.spec?.template : owner.template;
  // A new annotation in the template of a Rollout would begin a canary.
  const annotated = kind === 'Rollout' ? metadata : template?.metadata;
  const progress = progressOf(kind, workloadObject);
  return {
    apiVersion: WORKLOAD_RESOURCES[kind].apiVersion,
    kind,
    namespace,
    name,
    uid,
    resourceVersion,
    created: creationTime(workloadObject),
    uses: secretUsesOf(jsonFields(template?.spec ?? {})),
    versionAnnotation: annotated?.annotations?.[SECRET_VERSION_ANNOTATION],
    optedOut: metadata.annotations?.[RESTART_ANNOTATION] === 'false',
    reloader: reloaderMarksOf(metadata.annotations ?? {}, {
      annotations: template?.metadata?.annotations ?? {},
      variables: (template?.spec?.containers ?? []).flatMap(({ env }) => env ?? []),
    }),
    progress,
    runsRedis: (template?.spec?.containers ?? []).some(({ image = '', ports }) =>
      runsRedis({ image, ports: (ports ?? []).map(({ containerPort }) => containerPort) }),
    ),
    revision:
      isObserved(workloadObject) && !isPausedByReloader(workloadObject) && olderPodsOf(progress) === undefined
        ? revisionOf(kind, workloadObject)
        : undefined,
  };
}

export const creationTime = ({ metadata }: ResourceObject): Date => new Date(metadata.creationTimestamp);

/**
 * A StatefulSet names its revision. The ReplicaSet of a Deployment and the ControllerRevision of a DaemonSet have a
 * number that is unique among the revisions.
 */
function revisionOf(kind: WorkloadKind, workload: WorkloadObject): Revision | undefined {
  const { metadata, spec, status } = workload;
  if (kind === 'StatefulSet') {
    const name = status?.updateRevision;
    return name ? { kind: 'controllerrevisions', name } : undefined;
  }
  if (kind === 'CronJob') return undefined;
  if (kind === 'Rollout') return rolloutRevision(workload);
  const source = REVISION_SOURCES[kind];
  const value = metadata.annotations?.[source.annotation];
  return value === undefined ? undefined : { ...source, value, selector: selectorQuery(spec.selector ?? {}) };
}

/** Undefined while pods of another template, or pods from before a restart, may still run. */
function rolloutRevision(workload: WorkloadObject): Revision | undefined {
  const { metadata, spec, status } = workload;
  const value = metadata.annotations?.[ROLLOUT_REVISION];
  if (value === undefined || isRestarting(workload) || !isFullyPromoted(workload)) return undefined;
  return {
    kind: 'replicasets',
    annotation: ROLLOUT_REVISION,
    value,
    selector: selectorQuery(spec.selector ?? {}),
    restartedAt: status?.restartedAt ? new Date(status.restartedAt) : undefined,
  };
}

const ROLLOUT_REVISION = 'rollout.argoproj.io/revision';

const REVISION_SOURCES = {
  Deployment: { kind: 'replicasets', annotation: 'deployment.kubernetes.io/revision' },
  DaemonSet: { kind: 'controllerrevisions', annotation: 'deprecated.daemonset.template.generation' },
} as const;

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
