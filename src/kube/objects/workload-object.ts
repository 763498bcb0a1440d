import type { Revision, Workload } from '../../engine/rollout/consumers.ts';
import { type PodSpec, usesOf } from '../../engine/rollout/pod-template.ts';
import { isObserved, progressOf, type Rolling } from '../../engine/rollout/progress.ts';
import { SECRET_VERSION } from '../../engine/rollout/secret-version.ts';
import type { Kind } from '../../engine/rollout/workload-kinds.ts';
import type { Annotation } from '../../engine/secret/kubernetes-names.ts';

export const RESOURCES: Readonly<Record<Kind, { readonly apiVersion: string; readonly plural: string }>> = {
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
  DaemonSet: { apiVersion: 'apps/v1', plural: 'daemonsets' },
  CronJob: { apiVersion: 'batch/v1', plural: 'cronjobs' },
};

/** Says of a workload that it is not to be restarted: it follows its Secrets by itself. */
const RESTART = 'lockstep.dev/restart' satisfies Annotation;

/** What is read of whatever the API server has made. */
export interface Made {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly annotations?: Texts;
    readonly ownerReferences?: readonly { readonly uid: string; readonly controller?: boolean }[];
  };
}

type Texts = Readonly<Record<string, string>>;

interface StoredWorkload extends Made {
  readonly spec: Rolling['spec'] & {
    readonly selector?: Selector;
    readonly template?: Template;
    readonly jobTemplate?: { readonly spec?: { readonly template?: Template } };
  };
  readonly status?: Rolling['status'] & { readonly updateRevision?: string };
}

interface Template {
  readonly metadata?: { readonly annotations?: Texts | null } | null;
  readonly spec?: PodSpec;
}

interface Selector {
  readonly matchLabels?: Texts;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[] | null;
  }[];
}

/** `object`: one of `kind`, as parsed. Undefined where it is being deleted: its controller no longer replaces its pods. */
export function workloadOf(kind: Kind, object: unknown): Workload | undefined {
  const stored = object as StoredWorkload;
  const { metadata, spec } = stored;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const { name, namespace, uid, resourceVersion } = metadata;
  const template = kind === 'CronJob' ? spec.jobTemplate?.spec?.template : spec.template;
  return {
    apiVersion: RESOURCES[kind].apiVersion,
    kind,
    namespace,
    name,
    uid,
    resourceVersion,
    created: createdOf(stored),
    uses: usesOf(template?.spec ?? {}),
    stamp: template?.metadata?.annotations?.[SECRET_VERSION],
    optedOut: metadata.annotations?.[RESTART] === 'false',
    progress: progressOf(kind, stored),
    revision: isObserved(stored) ? revisionOf(kind, stored) : undefined,
  };
}

export const createdOf = ({ metadata }: Made): Date => new Date(metadata.creationTimestamp);

/**
 * The name is told by a StatefulSet. The ReplicaSet of a Deployment, and the ControllerRevision of a DaemonSet, bear a number that is its own as well; those of
 * before have other ones.
 */
function revisionOf(kind: Kind, { metadata, spec, status }: StoredWorkload): Revision | undefined {
  if (kind === 'StatefulSet') {
    const name = status?.updateRevision;
    return name ? { kind: 'controllerrevisions', name } : undefined;
  }
  if (kind === 'CronJob') return undefined;
  const sought = SOUGHT[kind];
  const value = metadata.annotations?.[sought.annotation];
  return value === undefined ? undefined : { ...sought, value, selector: selectorOf(spec.selector ?? {}) };
}

const SOUGHT = {
  Deployment: { kind: 'replicasets', annotation: 'deployment.kubernetes.io/revision' },
  DaemonSet: { kind: 'controllerrevisions', annotation: 'deprecated.daemonset.template.generation' },
} as const;

/** As a query has it. */
function selectorOf({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${(values ?? []).join(',')})`;
    }),
  ].join(',');
}
