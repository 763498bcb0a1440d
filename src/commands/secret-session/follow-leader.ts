import type { RecordLookup } from '../../controllers/ports.ts';
import type { ReconcileResult } from '../../controllers/secret/reconciler.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { isConflict } from '../../errors/errors.ts';

type RecordRead = Extract<RecordLookup, { kind: 'read' }>;

export interface FollowLeaderNeeds {
  readonly readRecord: (ref: SecretRef) => Promise<RecordLookup>;
  /** True if a controller leads. Undefined if this user may not know. */
  readonly isLed: () => Promise<boolean | undefined>;
  /** Does one step of the work from this record. It is called only if no controller leads. */
  readonly reconcile: (lookup: RecordRead) => Promise<ReconcileResult>;
  readonly print: (line: string) => void;
  readonly pause: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds from any start. */
  readonly clock: () => number;
}

export interface Reading {
  readonly record: SecretRecord;
  /** The record at the reading before. Undefined at the first one. */
  readonly before: SecretRecord | undefined;
  readonly isLed: boolean;
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

/** The work of a leader, as a command describes it. */
export interface FollowedWork<End> {
  readonly observe: (reading: Reading) => Observation<End> | Promise<Observation<End>>;
  /** The sentence for a record that does not exist any more. */
  readonly recordGone: string;
}

/** No more work happens here. `sentence` gives the reason. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly sentence: string;
}

/** The time of a leader change, in which no controller works. */
export const LEADER_CHANGE_MS = 60_000;
/** The interval between reads while a controller works. */
const POLL_INTERVAL_MS = 1000;
/** The longest pause between two steps of this process. */
const MAX_WAIT_MS = 5000;
/** The delay after another client wrote first. */
const CONFLICT_RETRY_MS = 1000;

/**
 * Waits while a controller works on a Secret, or does each step itself if no controller leads. A controller that starts
 * in the middle does no harm: every write is conditional, so each step happens once. If this process ends, a leading
 * controller continues. Throws LockstepError.
 */
export async function followLeader<End>(
  ref: SecretRef,
  work: FollowedWork<End>,
  needs: FollowLeaderNeeds,
): Promise<End | Stopped> {
  let before: SecretRecord | undefined;
  let lastProgress: string | undefined;
  let lastProgressAt = needs.clock();
  let isIdle = false;
  for (;;) {
    const lookup = await needs.readRecord(ref);
    if (lookup.kind !== 'read') return stopped(work.recordGone);
    const { record } = lookup;
    const isLed = (await needs.isLed()) === true;
    const { lines, end, waitingFor, timeout, stallReason } = await work.observe({ record, before, isLed });
    before = record;
    for (const line of lines) needs.print(line);
    if (end !== undefined) return end;
    const progress = `${progressOf(record)} ${waitingFor}`;
    if (progress !== lastProgress) lastProgressAt = needs.clock();
    lastProgress = progress;
    if (needs.clock() - lastProgressAt > timeout) return stopped(stallReason);
    const wait = isLed ? POLL_INTERVAL_MS : await reconcileOnce(lookup, needs);
    // The step before may have reached the end, which only the next reading shows.
    if (wait === undefined && isIdle)
      return stopped('no work is left for it: lockstep history shows the result');
    isIdle = wait === undefined;
    await needs.pause(Math.min(wait ?? 0, MAX_WAIT_MS));
  }
}

export const stopped = (sentence: string): Stopped => ({ kind: 'stopped', sentence });

/** The delay before the next useful step in milliseconds. Undefined if no work remains. */
async function reconcileOnce(
  lookup: RecordRead,
  { reconcile }: FollowLeaderNeeds,
): Promise<number | undefined> {
  try {
    const result = await reconcile(lookup);
    return result.kind === 'requeue' ? result.requeueAfter : undefined;
  } catch (error) {
    if (isConflict(error)) return CONFLICT_RETRY_MS;
    throw error;
  }
}

/** The text differs after each step of a rollout, each new version, and each phase of a password change. */
const progressOf = ({ login, rollout, versions }: SecretRecord): string =>
  [
    login?.change?.id,
    login?.change?.phase,
    rollout?.current?.workload,
    ...[...(rollout?.done ?? [])].flat(),
    versions.at(-1)?.number,
  ].join(' ');
