import type { RecordLookup } from '../../controllers/ports.ts';
import { loginsOf } from '../../engine/record/logins.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import {
  type OutageRetry,
  type OutageRetryNeeds,
  outageRetry,
  outageRetryNeeds,
} from './retry-during-outage.ts';
import type { SecretRun } from './run.ts';

/** `timeout` is the limit that the user gave, from which the caller computes that of its work. */
export interface FollowLeaderNeeds extends OutageRetryNeeds {
  readonly readRecord: (ref: SecretRef) => Promise<RecordLookup>;
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
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
 * Waits while a controller works on a Secret. The work continues if this process ends, and stays in the record if the
 * controller ends. Throws LockstepError.
 */
export async function followLeader<End>(
  ref: SecretRef,
  work: FollowedWork<End>,
  needs: Omit<FollowLeaderNeeds, 'timeout'>,
): Promise<End | Stopped> {
  let before: SecretRecord | undefined;
  let lastProgress: string | undefined;
  let lastProgressAt = needs.clock();
  let lastLedAt = needs.clock();
  for (;;) {
    const lookup = await needs.readRecord(ref);
    if (lookup.kind !== 'read') return stopped(work.recordGone);
    const { record } = lookup;
    const { lines, end, waitingFor, timeout, stallReason } = await work.observe({ record, before });
    before = record;
    for (const line of lines) needs.print(line);
    if (end !== undefined) return end;
    const progress = `${progressOf(record)} ${waitingFor}`;
    if (progress !== lastProgress) lastProgressAt = needs.clock();
    lastProgress = progress;
    if (needs.clock() - lastProgressAt > timeout) return { ...stopped(stallReason), isOpen: true };
    if ((await needs.isLed()) !== false) lastLedAt = needs.clock();
    if (needs.clock() - lastLedAt > LEADER_CHANGE_MS) return LEFT_BY_CONTROLLER;
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

/**
 * The needs of `followLeader`, whose calls continue through an outage of the API server, as each does that
 * `retryDuringOutage` wraps. `own` replaces the defaults of the command line.
 */
export function leaderNeeds(
  run: Pick<SecretRun, 'cluster' | 'ports' | 'options' | 'print'>,
  own: Partial<OutageRetryNeeds> = {},
): FollowLeaderNeeds & { readonly retryDuringOutage: OutageRetry } {
  const { cluster, ports, options } = run;
  const needs = { ...outageRetryNeeds(run), ...own };
  const retryDuringOutage = outageRetry(needs);
  return {
    ...needs,
    readRecord: retryDuringOutage(ports.records.read),
    isLed: retryDuringOutage(() => hasActiveController(cluster, options.lockstepNamespace)),
    retryDuringOutage,
  };
}
