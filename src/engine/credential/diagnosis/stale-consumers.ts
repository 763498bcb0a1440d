import { type Diagnosis, fault, ok, warning } from '../../doctor/check-result.ts';
import { type Place, restart } from './commands.ts';

/** One workload that reads the Secret. */
export interface ConsumerFacts {
  /** `Kind/name`. */
  readonly workload: string;
  /** What its pod template says that its pods were last restarted for; undefined where it says nothing. */
  readonly version: number | undefined;
  /** What was changed since its pods were made, of what they keep as it was. */
  readonly missed: Missed | undefined;
  /** Why its pods are not all what they are to be; undefined where they are. */
  readonly progress: string | undefined;
}

export interface Missed {
  /** The version of the Secret since which it is behind; undefined where no version is known. */
  readonly number: number | undefined;
  readonly keys: readonly string[];
  /** They are being brought to it. */
  readonly isUnderWay: boolean;
}

/** Who has which version, and who is behind. */
export function consumersBehind(consumers: readonly ConsumerFacts[], place: Place): Diagnosis {
  const names = consumers.map(nameOf);
  const behind = consumers.filter(({ missed }) => missed !== undefined);
  if (consumers.length === 0) return ok('no workload of the namespace reads it');
  if (behind.length === 0) return ofCurrent(consumers, names);
  if (behind.every(({ missed }) => missed?.isUnderWay))
    return warning('those who read it are being restarted', '', names);
  const fix = restart(
    place,
    behind.map(({ workload }) => workload),
  );
  const count = `of ${countOf(consumers.length)} it, ${behind.length}`;
  // Without versions nobody knows which keys the last change was about.
  return behind.every(({ missed }) => missed?.number === undefined)
    ? warning(`${count} may still have what it held before`, fix, names)
    : fault(`${count} still ${behind.length === 1 ? 'has' : 'have'} what it held before`, fix, names);
}

function ofCurrent(consumers: readonly ConsumerFacts[], names: readonly string[]): Diagnosis {
  if (consumers.some(({ progress }) => progress !== undefined))
    return warning('those who read it have its values, but not all their pods are there', '', names);
  return { ...ok(`${countOf(consumers.length)} it, with the values that it holds`), names };
}

const countOf = (count: number): string => (count === 1 ? '1 workload reads' : `${count} workloads read`);

function nameOf({ workload, version, missed, progress }: ConsumerFacts): string {
  const has = version === undefined ? '' : `, restarted for version ${version}`;
  const lacks =
    missed === undefined
      ? ': up to date'
      : `: its pods began before ${missed.number === undefined ? 'the last change' : `version ${missed.number}`} of ${missed.keys.join(', ')}`;
  return `${workload}${has}${lacks}${progress === undefined ? '' : `; ${progress}`}`;
}
