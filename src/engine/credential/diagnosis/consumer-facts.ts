import type { Rollout, Version } from '../../record/record.ts';
import {
  fixedKeys,
  inRolloutOrder,
  readKeys,
  secretUse,
  type Workload,
  workloadId,
} from '../../rollout/consumers.ts';
import { annotatedVersion } from '../../rollout/secret-version.ts';
import type { ConsumerFacts, MissedChange } from './stale-consumers.ts';

/** One workload, and since when its pods are made of its present template; undefined where that is not known. */
export interface ObservedWorkload {
  readonly workload: Workload;
  readonly revised: Date | undefined;
}

/** What happened to the values of a Secret. */
export interface SecretChanges {
  /** The oldest first; without a record one without a number, of its last write. */
  readonly versions: readonly (Pick<Version, 'time' | 'keys'> & { readonly number: number | undefined })[];
  readonly rollout: Rollout | undefined;
}

/** Those that read a Secret, in the order in which they would be restarted. */
export function consumersOf(
  secret: string,
  observed: readonly ObservedWorkload[],
  changes: SecretChanges,
): readonly ConsumerFacts[] {
  const revised = new Map(observed.map((one) => [one.workload, one.revised]));
  const keys = [...new Set(changes.versions.flatMap((version) => version.keys))];
  return inRolloutOrder(observed.map(({ workload }) => workload))
    .filter((workload) => readKeys(secretUse(workload, secret), keys).length > 0)
    .map((workload) => ({
      workload: workloadId(workload),
      version: annotatedVersion(workload.versionAnnotation, secret, workload.uses.keys()),
      missedChange: missedChangeOf(workload, revised.get(workload), secret, changes),
      progress: progressText(workload),
    }));
}

/** Of a CronJob the next pods are made with what the Secret holds then. */
function missedChangeOf(
  workload: Workload,
  revised: Date | undefined,
  secret: string,
  { versions, rollout }: SecretChanges,
): MissedChange | undefined {
  const use = secretUse(workload, secret);
  const last = versions.findLast(({ keys }) => fixedKeys(use, keys).length > 0);
  if (last === undefined || workload.kind === 'CronJob') return undefined;
  const restartedFor = annotatedVersion(workload.versionAnnotation, secret, workload.uses.keys()) ?? 0;
  if (last.number !== undefined && restartedFor >= last.number) return undefined;
  // Whole seconds of one clock: in the same second either may have been first, and most often both were written at once.
  if ((revised ?? workload.created) >= last.time) return undefined;
  const isUnderWay = rollout !== undefined && rollout.stopped === undefined && !workload.optedOut;
  return { number: last.number, keys: fixedKeys(use, last.keys), isRollingOut: isUnderWay };
}

function progressText({ progress }: Workload): string | undefined {
  switch (progress.kind) {
    case 'done':
      return undefined;
    case 'underway':
      return progress.why;
    case 'failed':
    case 'held':
      return `it ${progress.reason}`;
  }
}
