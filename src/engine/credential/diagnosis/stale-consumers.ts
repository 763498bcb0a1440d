import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import { restartCommand, type SecretRef } from './commands.ts';

/** One workload that reads the Secret. */
export interface ConsumerFacts {
  /** `Kind/name`. */
  readonly workload: string;
  /** What its pod template says that its pods were last restarted for; undefined where it says nothing. */
  readonly version: number | undefined;
  /** What was changed since its pods were made, of what they keep as it was. */
  readonly missedChange: MissedChange | undefined;
  /** Why its pods are not all what they are to be; undefined where they are. */
  readonly progress: string | undefined;
}

export interface MissedChange {
  /** The version of the Secret since which it is behind; undefined where no version is known. */
  readonly number: number | undefined;
  readonly keys: readonly string[];
  /** They are being brought to it. */
  readonly isRollingOut: boolean;
}

/** Who has which version, and who is behind. */
export function staleConsumers(consumers: readonly ConsumerFacts[], place: SecretRef): CheckResult {
  const names = consumers.map(nameOf);
  const stale = consumers.filter(({ missedChange }) => missedChange !== undefined);
  if (consumers.length === 0) return ok('no workload of the namespace reads it');
  if (stale.length === 0) return currentConsumers(consumers, names);
  if (stale.every(({ missedChange }) => missedChange?.isRollingOut))
    return warning('those who read it are being restarted', '', names);
  const fix = restartCommand(
    place,
    stale.map(({ workload }) => workload),
  );
  const count = `of ${countOf(consumers.length)} it, ${stale.length}`;
  // Without versions nobody knows which keys the last change was about.
  return stale.every(({ missedChange }) => missedChange?.number === undefined)
    ? warning(`${count} may still have what it held before`, fix, names)
    : fault(`${count} still ${stale.length === 1 ? 'has' : 'have'} what it held before`, fix, names);
}

function currentConsumers(consumers: readonly ConsumerFacts[], names: readonly string[]): CheckResult {
  if (consumers.some(({ progress }) => progress !== undefined))
    return warning('those who read it have its values, but not all their pods are there', '', names);
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
