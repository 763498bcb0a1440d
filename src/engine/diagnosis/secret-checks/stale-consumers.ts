import type { SecretRef } from '../../secret/secret-ref.ts';
import { restartCommand } from '../../workloads/rollout/restart-command.ts';
import { type CheckResult, fault, ok, warning } from '../check-result.ts';
import { allowsRestart, type RestartState } from './restart-state.ts';

/** One workload that reads the Secret. */
export interface ConsumerFacts {
  /** `Kind/name`. */
  readonly workload: string;
  /** The version in the annotation of its pod template. Undefined without one. */
  readonly version: number | undefined;
  /** The change since the start of its pods, among the keys whose old value they keep. */
  readonly missedChange: MissedChange | undefined;
  /** Annotations of Reloader on it make Reloader restart it. */
  readonly isLeftToReloader: boolean;
  /** A rollout restarts it now, or owes it a restart. */
  readonly restart: 'now' | 'due' | undefined;
  /** The reason why its rollout is not complete. Undefined if it is. */
  readonly progress: string | undefined;
  /** `kubectl rollout restart` does not replace its pods. `progress` has the way. */
  readonly isHeld: boolean;
}

export interface MissedChange {
  /** The first version that the workload lacks. Undefined if no version is known. */
  readonly number: number | undefined;
  readonly keys: readonly string[];
}

/** The version of each consumer, the consumers with old values, and whether anything restarts them. */
export function staleConsumers(
  consumers: readonly ConsumerFacts[],
  place: SecretRef,
  state: RestartState,
): CheckResult {
  if (consumers.length === 0) return ok('no workload of the namespace reads it');
  const names = consumers.map((consumer) => nameOf(consumer, state));
  const stale = consumers.filter(({ missedChange }) => missedChange !== undefined);
  const held = heldSentence(consumers.length, stale) + noLeaderSentence(stale, state);
  const wait = waitSentence(consumers, state);
  if (wait !== undefined) return warning(`${held}. ${wait}`, '', names);
  if (stale.length === 0) return currentConsumers(consumers, held, names);
  if (!mayBeRestarted(stale, state))
    return warning(`${held}. The login of the Secret must open its server before a restart`, '', names);
  const restartable = stale.filter(({ isHeld }) => !isHeld).map(({ workload }) => workload);
  const fix = restartable.length === 0 ? '' : restartCommand(place, restartable);
  // Without versions, the keys of the last change are unknown.
  return stale.every(({ missedChange }) => missedChange?.number === undefined)
    ? warning(held, fix, names)
    : fault(held, fix, names);
}

/** One line for each consumer that has pods from before the last change: `Deployment/api: it is paused; …`. */
export const outdatedConsumers = (
  consumers: readonly ConsumerFacts[],
  place: Pick<SecretRef, 'namespace'>,
): readonly string[] =>
  consumers
    .filter(({ missedChange, isHeld }) => missedChange !== undefined || isHeld)
    .map((consumer) => `${consumer.workload}: ${restartText(consumer, place)}`);

function restartText(
  { workload, isLeftToReloader, progress, isHeld }: ConsumerFacts,
  place: Pick<SecretRef, 'namespace'>,
): string {
  if (isHeld && progress !== undefined) return progress;
  return isLeftToReloader
    ? 'Reloader restarts it'
    : `lockstep does not restart it; run ${restartCommand(place, [workload])}`;
}

/** New pods must get a login that opens its server. */
const mayBeRestarted = (
  stale: readonly ConsumerFacts[],
  { isLoginProven, refusedKeys }: RestartState,
): boolean =>
  isLoginProven &&
  !stale.some(({ missedChange }) => missedChange?.keys.some((key) => refusedKeys.includes(key)));

const noLeaderSentence = (stale: readonly ConsumerFacts[], { isLed }: RestartState): string =>
  isLed === false && stale.some(({ restart }) => restart !== undefined)
    ? '. No controller leads, so none is restarted'
    : '';

function heldSentence(count: number, stale: readonly ConsumerFacts[]): string {
  if (stale.length === 0)
    return `${count === 1 ? '1 workload reads' : `${count} workloads read`} it, with the values that it holds`;
  const number = `${stale.length} of ${count} workloads that read it`;
  return stale.every(({ missedChange }) => missedChange?.number === undefined)
    ? `${number} may still have its old values`
    : `${number} still ${stale.length === 1 ? 'has' : 'have'} its old values`;
}

/** The restarts that lockstep makes or waits with. Undefined if it owes none. */
function waitSentence(consumers: readonly ConsumerFacts[], state: RestartState): string | undefined {
  const { phase, mayRestart, isLed, stoppedAt } = state;
  if (!allowsRestart(state) && phase !== 'finalize')
    return `No workload is restarted in the phase ${phase} of the password change`;
  const stale = consumers.some(({ missedChange }) => missedChange !== undefined);
  if (stoppedAt !== undefined && stale) return `The rollout has stopped at ${stoppedAt}`;
  const owed = consumers.filter(({ restart }) => restart !== undefined);
  if (owed.length === 0 || mayRestart === false || isLed === false || phase === 'finalize') return undefined;
  const isAre = owed.length === 1 ? '1 of them waits for its' : `${owed.length} of them wait for their`;
  if (!state.isLoginProven) return `${isAre} restart, until the login of the Secret opens its server`;
  const now = owed.find(({ restart }) => restart === 'now');
  if (now === undefined) return `${isAre} restart`;
  const rest = owed.length - 1;
  const restart = now.isLeftToReloader
    ? `Reloader restarts ${now.workload}`
    : `${now.workload} is being restarted`;
  return `${restart}${rest === 0 ? '' : `, and ${rest} more after it`}`;
}

function currentConsumers(
  consumers: readonly ConsumerFacts[],
  held: string,
  names: readonly string[],
): CheckResult {
  if (consumers.some(({ progress }) => progress !== undefined))
    return warning(`${held}, but not all their pods are available`, '', names);
  return { ...ok(held), names };
}

function nameOf(
  { workload, version, missedChange, isLeftToReloader, restart, progress }: ConsumerFacts,
  state: RestartState,
): string {
  const has = version === undefined ? '' : `, restarted for version ${version}`;
  const lacks =
    missedChange === undefined
      ? ': up to date'
      : `: its pods began before ${missedChange.number === undefined ? 'the last change' : `version ${missedChange.number}`} of ${missedChange.keys.join(', ')}`;
  const owed = restart === undefined || !isRollingOut(state) ? '' : RESTART_TEXTS[restart];
  return `${workload}${has}${lacks}${isLeftToReloader ? '; Reloader restarts it' : owed}${progress === undefined ? '' : `; ${progress}`}`;
}

/** Whether a controller restarts consumers now, as far as it is known. */
const isRollingOut = (state: RestartState): boolean =>
  allowsRestart(state) && state.mayRestart !== false && state.isLed !== false && state.isLoginProven;

const RESTART_TEXTS = { now: '; it is being restarted', due: '; its restart is due' } as const;
