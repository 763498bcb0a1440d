import { setTimeout as sleep } from 'node:timers/promises';
import { loginsOf } from '../../engine/secret/record/login-record.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import type { SecretRun } from './run.ts';

export interface FollowLeaderNeeds {
  readonly readRecord: (ref: SecretRef) => Promise<RecordLookup>;
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  readonly print: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds from any start. */
  readonly clock: () => number;
  /**
   * The limit that the user gave, in milliseconds: that of an outage of the API server. The caller computes that of its
   * work from it.
   */
  readonly timeout: number;
}

export interface Reading {
  readonly record: SecretRecord;
  /** The record at the reading before. Undefined at the first one. */
  readonly before: SecretRecord | undefined;
}

/** A reading, as the caller understands it. */
export interface Observation<End> {
  /** The events since the reading before, one line each. */
  readonly lines: readonly string[];
  /** The end of the work. Undefined while it continues. */
  readonly end: End | undefined;
  /** The reason of a wait. A new one counts as progress. */
  readonly waitingFor?: string | undefined;
  /** The longest time without progress, in milliseconds. */
  readonly timeout: number;
  /** The reason that is given after that time. */
  readonly stallReason: string;
}

/** The work of a controller, as a command describes it. */
export interface FollowedWork<End> {
  readonly observe: (reading: Reading) => Observation<End> | Promise<Observation<End>>;
  /** The sentence for a record that does not exist any more. */
  readonly recordGone: string;
}

/** The command follows no further. `sentence` gives the reason. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly sentence: string;
  /** The record still holds work, which a controller that leads continues. */
  readonly isOpen?: true;
}

/** The time of a leader change, in which no controller works. */
export const LEADER_CHANGE_MS = 60_000;
const POLL_INTERVAL_MS = 1000;

/**
 * Waits while a controller works on a Secret, also through an outage of the API server. The work continues if this
 * process ends, and stays in the record if the controller ends. Throws LockstepError.
 */
export async function followLeader<End>(
  ref: SecretRef,
  work: FollowedWork<End>,
  needs: FollowLeaderNeeds,
): Promise<End | Stopped> {
  const { print, clock } = needs;
  let before: SecretRecord | undefined;
  let lastProgress: string | undefined;
  let lastProgressAt = clock();
  let lastLedAt = clock();
  let outageSince: number | undefined;
  for (;;) {
    try {
      const lookup = await needs.readRecord(ref);
      if (lookup.kind !== 'read') return stopped(work.recordGone);
      const { record } = lookup;
      const { lines, end, waitingFor, timeout, stallReason } = await work.observe({ record, before });
      if (outageSince !== undefined) print('the API server answers again');
      outageSince = undefined;
      before = record;
      for (const line of lines) print(line);
      if (end !== undefined) return end;
      const progress = `${progressOf(record)} ${waitingFor}`;
      if (progress !== lastProgress) lastProgressAt = clock();
      lastProgress = progress;
      if (clock() - lastProgressAt > timeout) return { ...stopped(stallReason), isOpen: true };
      if ((await needs.isLed()) !== false) lastLedAt = clock();
      if (clock() - lastLedAt > LEADER_CHANGE_MS) return LEFT_BY_CONTROLLER;
    } catch (error) {
      if (outageSince === undefined && maxOutageOf(error, needs.timeout) > 0)
        print('the API server does not answer; this command tries again');
      outageSince ??= clock();
      if (clock() - outageSince >= maxOutageOf(error, needs.timeout)) throw error;
    }
    await needs.pause(POLL_INTERVAL_MS);
  }
}

export const stopped = (sentence: string): Stopped => ({ kind: 'stopped', sentence });

const LEFT_BY_CONTROLLER: Stopped = {
  ...stopped('no controller leads any more; lockstep controller starts one'),
  isOpen: true,
};

/** The text differs after each step of a rollout, each new version, and each phase of a password change. */
const progressOf = (record: SecretRecord): string =>
  [
    ...loginsOf(record).flatMap(({ change }) => [change?.id, change?.phase]),
    record.rollout?.current?.workload,
    ...[...(record.rollout?.done ?? [])].flat(),
    record.versions.at(-1)?.number,
  ].join(' ');

/** An API server that has just started briefly refuses requests that it grants later. */
const MAX_REFUSED_MS = 60_000;

/** The longest outage to wait for, in milliseconds. 0 if the error is no outage. */
function maxOutageOf(error: unknown, timeout: number): number {
  if (!(error instanceof LockstepError)) return 0;
  switch (error.code) {
    case 'LOCKSTEP_CLUSTER_UNREACHABLE':
    case 'LOCKSTEP_CLUSTER_TIMEOUT':
      return timeout;
    case 'LOCKSTEP_CLUSTER_REFUSED':
    case 'LOCKSTEP_CLUSTER_UNAUTHENTICATED':
    case 'LOCKSTEP_READ_FORBIDDEN':
      return Math.min(timeout, MAX_REFUSED_MS);
    default:
      return 0;
  }
}

/** The needs of `followLeader`, with the time of this process. */
export const leaderNeeds = ({
  cluster,
  ports,
  options,
  print,
}: Pick<SecretRun, 'cluster' | 'ports' | 'options' | 'print'>): FollowLeaderNeeds => ({
  readRecord: ports.records.read,
  isLed: () => hasActiveController(cluster, options.lockstepNamespace),
  print,
  pause: (milliseconds) => sleep(milliseconds),
  clock: () => performance.now(),
  timeout: options.timeout,
});

/** Ends a run that can't be followed further, with exit code 1 and the reason. */
export async function reportStopped(
  print: (line: string) => void,
  follow: () => Promise<number>,
): Promise<number> {
  try {
    return await follow();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    print(
      `stopped: ${error.message}. The record holds the work in progress, and a leading controller continues it`,
    );
    return 1;
  }
}
