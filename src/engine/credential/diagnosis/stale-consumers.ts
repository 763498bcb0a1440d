import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { restartCommand } from './commands.ts';

/** One workload that reads the Secret. */
export interface ConsumerFacts {
  /** `Kind/name`. */
  readonly workload: string;
  /** The version in the annotation of its pod template. Undefined without one. */
  readonly version: number | undefined;
  /** The change since the start of its pods, among the keys whose old value they keep. */
  readonly missedChange: MissedChange | undefined;
  /** The reason why its rollout is not complete. Undefined if it is. */
  readonly progress: string | undefined;
}

export interface MissedChange {
  /** The first version that the workload lacks. Undefined if no version is known. */
  readonly number: number | undefined;
  readonly keys: readonly string[];
  /** A rollout for it is in progress. */
  readonly isRollingOut: boolean;
}

/** The version of each consumer, and the consumers with old values. */
export function staleConsumers(consumers: readonly ConsumerFacts[], place: SecretRef): CheckResult {
  const names = consumers.map(nameOf);
  const stale = consumers.filter(({ missedChange }) => missedChange !== undefined);
  if (consumers.length === 0) return ok('no workload of the namespace reads it');
  if (stale.length === 0) return currentConsumers(consumers, names);
  if (stale.every(({ missedChange }) => missedChange?.isRollingOut))
    return warning('the workloads that read it are being restarted', '', names);
  const fix = restartCommand(
    place,
    stale.map(({ workload }) => workload),
  );
  const count = `${stale.length} of ${consumers.length} workloads that read it`;
  // Without versions, the keys of the last change are unknown.
  return stale.every(({ missedChange }) => missedChange?.number === undefined)
    ? warning(`${count} may still have its old values`, fix, names)
    : fault(`${count} still ${stale.length === 1 ? 'has' : 'have'} its old values`, fix, names);
}

function currentConsumers(consumers: readonly ConsumerFacts[], names: readonly string[]): CheckResult {
  if (consumers.some(({ progress }) => progress !== undefined))
    return warning(
      'the workloads that read it have its values, but not all their pods are available',
      '',
      names,
    );
  return { ...ok(`${countOf(consumers.length)} it, with the values that it holds`), names };
}

const countOf = (count: number): string => (count === 1 ? '1 workload reads' : `${count} workloads read`);

function nameOf({ workload, version, missedChange, progress }: ConsumerFacts): string {
  const has = version === undefined ? '' : `, restarted for version ${version}`;
  const lacks =
    missedChange === undefined
      ? ': up to date'
      : `: its pods began before ${missedChange.number === undefined ? 'the last change' : `version ${missedChange.number}`} of ${missedChange.keys.join(', ')}`;
  return `${workload}${has}${lacks}${progress === undefined ? '' : `; ${progress}`}`;
}
