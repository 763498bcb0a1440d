import { differingKeys, type Rollout, type Version } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import {
  fixedKeys,
  inRolloutOrder,
  readKeys,
  secretUse,
  type Workload,
  workloadId,
} from '../../workloads/rollout/consumers.ts';
import { olderPodsOf } from '../../workloads/rollout/progress.ts';
import { isLeftToReloader, isReloadedFor } from '../../workloads/rollout/reloader.ts';
import { isRestartDue } from '../../workloads/rollout/rollout.ts';
import { annotatedVersion } from '../../workloads/rollout/secret-version.ts';
import type { ConsumerFacts, MissedChange } from './stale-consumers.ts';

/** One workload, and the time since which it has its present template. Undefined if that is unknown. */
export interface ObservedWorkload {
  readonly workload: Workload;
  readonly revised: Date | undefined;
}

export interface SecretChanges {
  /** The oldest first. Without a record, only the last write, which has no number. */
  readonly versions: readonly SecretChange[];
  readonly rollout: Rollout | undefined;
}

type SecretChange = Pick<Version, 'time' | 'keys' | 'data'> & { readonly number: number | undefined };

type ConsumedSecret = Pick<Secret, 'name' | 'annotations' | 'data'>;

/** The consumers of a Secret, in the order of their restarts. */
export function consumersOf(
  secret: ConsumedSecret,
  observed: readonly ObservedWorkload[],
  changes: SecretChanges,
): readonly ConsumerFacts[] {
  const revised = new Map(observed.map((one) => [one.workload, one.revised]));
  const keys = [...new Set(changes.versions.flatMap((version) => version.keys))];
  return inRolloutOrder(observed.map(({ workload }) => workload))
    .filter((workload) => readKeys(secretUse(workload, secret.name), keys).length > 0)
    .map((workload) => ({
      workload: workloadId(workload),
      version: annotatedVersion(workload.versionAnnotation, secret.name, workload.uses.keys()),
      missedChange: missedChangeOf(workload, revised.get(workload), secret, changes),
      isLeftToReloader: isLeftToReloader(workload.reloader, secret),
      restart: restartOf(workload, secret.name, changes),
      progress: progressText(workload),
      isHeld: olderPodsOf(workload.progress) !== undefined,
    }));
}

/**
 * A CronJob misses nothing: its next pods get the present data. A workload whose keys changed and changed back misses
 * nothing either.
 */
function missedChangeOf(
  workload: Workload,
  revised: Date | undefined,
  secret: ConsumedSecret,
  { versions }: SecretChanges,
): MissedChange | undefined {
  const { reloader, uses, progress } = workload;
  const use = secretUse(workload, secret.name);
  const last = versions.findLast(({ keys }) => fixedKeys(use, keys).length > 0);
  if (last === undefined || workload.kind === 'CronJob') return undefined;
  const restartedFor = annotatedVersion(workload.versionAnnotation, secret.name, uses.keys()) ?? 0;
  // The template has the annotation before such pods are replaced.
  const hasOlderPods = olderPodsOf(progress) !== undefined;
  if (last.number !== undefined && restartedFor >= last.number && !hasOlderPods) return undefined;
  if (reloader !== undefined && isReloadedFor(reloader, secret)) return undefined;
  // Both are whole seconds of one clock. Within the same second either may be first, and most often both were written
  // at once.
  const started = revised ?? workload.created;
  if (started >= last.time) return undefined;
  const atStart = versions.findLast(({ time }) => time <= started)?.data;
  const differing = atStart && fixedKeys(use, differingKeys(atStart, secret.data));
  if (differing?.length === 0) return undefined;
  return { number: last.number, keys: differing ?? fixedKeys(use, last.keys) };
}

function restartOf(workload: Workload, secret: string, { rollout }: SecretChanges): ConsumerFacts['restart'] {
  if (rollout === undefined || rollout.stopped !== undefined) return undefined;
  if (rollout.current?.workload === workloadId(workload)) return 'now';
  return isRestartDue(rollout, secret, workload) ? 'due' : undefined;
}

function progressText({ progress }: Workload): string | undefined {
  switch (progress.kind) {
    case 'done':
      return progress.olderPods;
    case 'underway':
      return progress.why;
    case 'failed':
    case 'held':
      return `it ${progress.reason}`;
  }
}
