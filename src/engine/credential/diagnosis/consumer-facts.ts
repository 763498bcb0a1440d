import type { Rollout, Version } from '../../record/record.ts';
import { idOf, inOrder, keptOf, readOf, useOf, type Workload } from '../../rollout/consumers.ts';
import { stampedVersion } from '../../rollout/secret-version.ts';
import type { ConsumerFacts, Missed } from './stale-consumers.ts';

/** One workload, and since when its pods are made of its present template; undefined where that is not known. */
export interface Looked {
  readonly workload: Workload;
  readonly revised: Date | undefined;
}

/** What happened to the values of a Secret. */
export interface Changes {
  /** The oldest first; without a record one without a number, of its last write. */
  readonly versions: readonly (Pick<Version, 'time' | 'keys'> & { readonly number: number | undefined })[];
  readonly rollout: Rollout | undefined;
}

/** Those that read a Secret, in the order in which they would be restarted. */
export function consumersOf(
  secret: string,
  looked: readonly Looked[],
  changes: Changes,
): readonly ConsumerFacts[] {
  const revised = new Map(looked.map((one) => [one.workload, one.revised]));
  const keys = [...new Set(changes.versions.flatMap((version) => version.keys))];
  return inOrder(looked.map(({ workload }) => workload))
    .filter((workload) => readOf(useOf(workload, secret), keys).length > 0)
    .map((workload) => ({
      workload: idOf(workload),
      version: stampedVersion(workload.stamp, secret, workload.uses.keys()),
      missed: missedBy(workload, revised.get(workload), secret, changes),
      progress: progressOf(workload),
    }));
}

/** Of a CronJob the next pods are made with what the Secret holds then. */
function missedBy(
  workload: Workload,
  revised: Date | undefined,
  secret: string,
  { versions, rollout }: Changes,
): Missed | undefined {
  const use = useOf(workload, secret);
  const last = versions.findLast(({ keys }) => keptOf(use, keys).length > 0);
  if (last === undefined || workload.kind === 'CronJob') return undefined;
  const has = stampedVersion(workload.stamp, secret, workload.uses.keys()) ?? 0;
  if (last.number !== undefined && has >= last.number) return undefined;
  // Whole seconds of one clock: in the same second either may have been first, and most often both were written at once.
  if ((revised ?? workload.created) >= last.time) return undefined;
  const isUnderWay = rollout !== undefined && rollout.stopped === undefined && !workload.optedOut;
  return { number: last.number, keys: keptOf(use, last.keys), isUnderWay };
}

function progressOf({ progress }: Workload): string | undefined {
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
