import type { WorkloadKind } from './workload-kinds.ts';

/** The progress of a workload's pods towards its present template. */
export type RolloutProgress =
  | { readonly kind: 'done'; readonly olderPods?: string }
  | { readonly kind: 'underway'; readonly why: string }
  /** The workload's own controller has given up. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Pods get the template only when a person replaces them. */
  | { readonly kind: 'held'; readonly reason: string; readonly olderPods?: string };

/**
 * The reason why pods of an earlier template run, although nothing replaces them now. A sentence. Undefined if no such
 * pod runs.
 */
export const olderPodsOf = (progress: RolloutProgress): string | undefined =>
  'olderPods' in progress ? progress.olderPods : undefined;

/** The fields of a workload that lockstep reads, as in the JSON of the API server. */
export interface RollingWorkload {
  readonly metadata: {
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number | null;
    readonly paused?: boolean;
    /** Older pods of a Rollout must be replaced. */
    readonly restartAt?: string | null;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number } | null;
    };
  };
  readonly status?: {
    /** A Rollout has a text. */
    readonly observedGeneration?: number | string;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    /** The `restartAt` for which all pods of a Rollout have been replaced. */
    readonly restartedAt?: string | null;
    /** The templates of a Rollout's stable pods and of its newest ones. */
    readonly stableRS?: string;
    readonly currentPodHash?: string;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[] | null;
  };
}

const DONE: RolloutProgress = { kind: 'done' };

/** Decides like `kubectl rollout status` (k8s.io/kubectl, polymorphichelpers/rollout_status.go). */
export function progressOf(kind: WorkloadKind, object: RollingWorkload): RolloutProgress {
  switch (kind) {
    case 'Deployment':
      return deploymentProgress(object);
    case 'Rollout':
      return rolloutProgress(object);
    case 'StatefulSet':
      return blockedOnDelete(object) ?? statefulSetProgress(object);
    case 'DaemonSet':
      return blockedOnDelete(object) ?? daemonSetProgress(object);
    case 'CronJob':
      // A running Job keeps its pods. The next one uses the present template.
      return DONE;
  }
}

/** Whether the workload's controller has seen the present template. */
export const isObserved = ({ metadata, status }: RollingWorkload): boolean =>
  (metadata.generation ?? 0) <= Number(status?.observedGeneration ?? 0);

/** Reloader pauses a Deployment before it changes the template, and resumes it later. */
export const isPausedByReloader = ({ metadata, spec }: RollingWorkload): boolean =>
  spec.paused === true && metadata.annotations?.[PAUSED_BY_RELOADER] !== undefined;

const PAUSED_BY_RELOADER = 'deployment.reloader.stakater.com/paused-at';

function deploymentProgress(object: RollingWorkload): RolloutProgress {
  const { spec, status = {} } = object;
  if (isPausedByReloader(object)) return underway('Reloader has paused it for its pause-period');
  if (spec.paused === true) return held(object, 'is paused; kubectl rollout resume restarts it');
  if (!isObserved(object)) return NOT_OBSERVED;
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const wanted = spec.replicas ?? 1;
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { kind: 'failed', reason: `exceeded its progress deadline: ${unavailablePods(object, wanted)}` };
  }
  if (updatedReplicas < wanted) return updated(updatedReplicas, wanted);
  if (replicas > updatedReplicas)
    return underway(`${pods(replicas - updatedReplicas)} of before still there`);
  if (availableReplicas < updatedReplicas) return underway(available(availableReplicas, updatedReplicas));
  return DONE;
}

/**
 * A restart does not change the template, so it needs no step and no promotion of a canary. It works while a canary is
 * paused or aborted. Argo's controller sets `restartedAt` after it has replaced each older pod.
 */
function rolloutProgress(object: RollingWorkload): RolloutProgress {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { spec, status = {} } = object;
  const { availableReplicas = 0, conditions } = status;
  const wanted = spec.replicas ?? 1;
  if (conditions?.some(({ type }) => type === 'InvalidSpec'))
    return { kind: 'failed', reason: 'has an invalid spec, so its controller does nothing' };
  if (availableReplicas < wanted && conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded'))
    return {
      kind: 'failed',
      reason: `exceeded its progress deadline: ${available(availableReplicas, wanted)}`,
    };
  if (isRestarting(object)) return underway('its pods are being replaced');
  return availableReplicas < wanted ? underway(available(availableReplicas, wanted)) : DONE;
}

/** Whether Argo's controller still has to replace pods of a Rollout. */
export const isRestarting = ({ spec: { restartAt }, status }: RollingWorkload): boolean =>
  typeof restartAt === 'string' && Date.parse(restartAt) !== Date.parse(status?.restartedAt ?? '');

/** Whether a Rollout has only pods of its newest template. */
export const isFullyPromoted = ({ status }: RollingWorkload): boolean =>
  status?.stableRS !== undefined && status.stableRS === status.currentPodHash;

/** Counts the unavailable pods, because old pods that are available would hide new ones that are not. */
function unavailablePods({ status = {} }: RollingWorkload, wanted: number): string {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const failure = status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.reason;
  if (failure !== undefined) return `its pods can not be made (${failure})`;
  const missing = replicas - availableReplicas;
  if (missing > 0) return `${pods(missing)} ${isOrAre(missing)} not available`;
  return `${updatedReplicas} of ${pods(wanted)} ${hasOrHave(wanted)} been replaced`;
}

function statefulSetProgress(object: RollingWorkload): RolloutProgress {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { spec, status = {} } = object;
  const { readyReplicas = 0, updatedReplicas = 0 } = status;
  const replicas = spec.replicas ?? 1;
  if (readyReplicas < replicas)
    return underway(`${readyReplicas} of ${pods(replicas)} ${isOrAre(replicas)} ready`);
  // The owner keeps the pods below the partition unchanged on purpose.
  const wanted = replicas - (spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  if (updatedReplicas < wanted) return updated(updatedReplicas, wanted);
  const older = replicas - updatedReplicas;
  const olderPods = `its partition keeps ${pods(older)} of before; lower it`;
  return older > 0 ? { kind: 'done', olderPods } : DONE;
}

function daemonSetProgress(object: RollingWorkload): RolloutProgress {
  if (!isObserved(object)) return NOT_OBSERVED;
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = object.status ?? {};
  if (updatedNumberScheduled < desiredNumberScheduled)
    return updated(updatedNumberScheduled, desiredNumberScheduled);
  return numberAvailable < desiredNumberScheduled
    ? underway(available(numberAvailable, desiredNumberScheduled))
    : DONE;
}

const blockedOnDelete = (object: RollingWorkload): RolloutProgress | undefined =>
  object.spec.updateStrategy?.type === 'OnDelete'
    ? held(object, 'replaces its pods only when they are deleted (OnDelete); delete them')
    : undefined;

function held(object: RollingWorkload, reason: string): RolloutProgress {
  const { status = {} } = object;
  const all = status.replicas ?? status.desiredNumberScheduled ?? 0;
  const hasOlder =
    !isObserved(object) || (status.updatedReplicas ?? status.updatedNumberScheduled ?? 0) < all;
  return { kind: 'held', reason, ...(hasOlder && { olderPods: `it ${reason}` }) };
}

const underway = (why: string): RolloutProgress => ({ kind: 'underway', why });

const NOT_OBSERVED = underway('its controller has not seen the change yet');

const updated = (count: number, wanted: number): RolloutProgress =>
  underway(`${count} of ${pods(wanted)} ${hasOrHave(wanted)} been replaced`);

const available = (count: number, wanted: number): string =>
  `${count} of ${pods(wanted)} ${isOrAre(wanted)} available`;

const isOrAre = (count: number): string => (count === 1 ? 'is' : 'are');

const hasOrHave = (count: number): string => (count === 1 ? 'has' : 'have');

const pods = (count: number): string => (count === 1 ? '1 pod' : `${count} pods`);
