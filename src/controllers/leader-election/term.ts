import { LockstepError } from '../../errors/errors.ts';

/** The fields of a Lease that leader election needs. */
export interface ObservedLease {
  /** Empty if there is no holder. */
  readonly holder: string;
  /** The lease duration, counted from each renewal. */
  readonly seconds: number;
  /** Changes with each renewal, and with nothing else. */
  readonly mark: string;
}

export interface LeaderElectionNeeds<Lease extends ObservedLease> {
  /** Unique to this process: two processes with one identity would both lead. */
  readonly identity: string;
  /** Undefined if there is no Lease. Resolves or rejects within five seconds, as `write` does. */
  readonly read: () => Promise<Lease | undefined>;
  /** Creates the Lease, or replaces the one that was read. */
  readonly write: (
    lease: Pick<ObservedLease, 'holder' | 'seconds'>,
    replaced: Lease | undefined,
  ) => Promise<Lease>;
  /** True if a write was refused, because the Lease has changed since it was read. */
  readonly isConflict: (error: unknown) => boolean;
  /**
   * The work of the leader. The signal aborts when the process must end or the leadership is lost. The Lease is
   * released only after the work has ended. If the work ends before the signal, the leadership is released for good.
   * The work calls `mayWrite` before each write, because a frozen process may lose the leadership before its signal
   * aborts.
   */
  readonly work: (signal: AbortSignal, mayWrite: () => boolean) => Promise<void>;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after the delay, or when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Called on each change. `by` is the leader, if known. Any client may have written it. */
  readonly onChange: (lead: Leadership) => void;
  /**
   * Called once for each reason for which the Lease can't be read or written, and with undefined after it works again.
   */
  readonly onError: (error: unknown) => void;
}

export interface Leadership {
  readonly leading: boolean;
  readonly leader: string | undefined;
}

/** A Lease that this process holds. */
export interface AcquiredLease<Lease extends ObservedLease> {
  readonly lease: Lease;
  /** The start of its write, by `now`. No other process can have seen it earlier. */
  readonly renewedAt: number;
}

/** The time that others wait for a renewal. This and the next two times are those of client-go. */
export const LEASE_DURATION_SECONDS = 15;
/**
 * The work is stopped this long after the last renewal. It has the rest of the lease duration to end, before another
 * replica may lead.
 */
const RENEW_DEADLINE_MS = 10_000;
/** No write starts later than this after the last renewal, so each write arrives before the lease duration ends. */
const WRITE_DEADLINE_MS = 13_000;
/**
 * The limit for the work to end after the leadership was lost. Each of its calls has a limit of 10 s, so later it would
 * never end.
 */
const SHUTDOWN_TIMEOUT_MS = 30_000;
/**
 * The time between two renewals. After a failure it is half as long, so that a lost answer leaves time for another
 * attempt.
 */
const RETRY_PERIOD_MS = 2000;
/** Spreads the replicas and their load over time: up to a fifth more. */
const JITTER = 0.2;

/** The form of a released Lease, for which no replica has to wait. */
const RELEASED_LEASE = { holder: '', seconds: 1 };

/**
 * One term: runs the work, and renews the Lease until the work has ended, even while it is ending. `signal` ends the
 * work. Resolves with true if the leadership was lost and the replica must campaign again. Rejects with the error of
 * the work, after the Lease is released. Rejects with LEADERSHIP_STOP_TIMEOUT if the work does not end after the
 * leadership was lost.
 */
export async function runTerm<Lease extends ObservedLease>(
  needs: LeaderElectionNeeds<Lease>,
  initial: AcquiredLease<Lease>,
  signal: AbortSignal,
): Promise<'lost' | 'over'> {
  const lost = new AbortController();
  const finished = new AbortController();
  const ended = AbortSignal.any([lost.signal, finished.signal]);
  const workSignal = AbortSignal.any([lost.signal, signal]);
  let acquired = initial;
  /** Another replica holds the Lease. */
  let isTakenOver = false;

  needs.onChange({ leading: true, leader: needs.identity });
  const loops = [renewLoop(), deadlineLoop()];
  try {
    await Promise.race([needs.work(workSignal, mayWrite), shutdownDeadline()]);
  } catch (error) {
    if (!workSignal.aborted || error !== workSignal.reason) throw error;
  } finally {
    finished.abort();
    await Promise.all(loops);
    if (!lost.signal.aborted) await release();
  }
  return lost.signal.aborted ? 'lost' : 'over';

  async function renewLoop(): Promise<void> {
    let retryPeriod = RETRY_PERIOD_MS;
    while (!ended.aborted) {
      await needs.sleep(retryPeriod * (1 + JITTER * needs.random()), ended);
      if (ended.aborted) return;
      try {
        await write({ holder: needs.identity, seconds: LEASE_DURATION_SECONDS });
        needs.onError(undefined);
        retryPeriod = RETRY_PERIOD_MS;
      } catch (error) {
        needs.onError(error);
        retryPeriod = RETRY_PERIOD_MS / 2;
      }
    }
  }

  /** Separate from the renewals, so that a hanging renewal can't delay it. */
  async function deadlineLoop(): Promise<void> {
    while (!ended.aborted) {
      const remaining = acquired.renewedAt + RENEW_DEADLINE_MS - needs.now();
      if (remaining <= 0) loseLeadership(undefined);
      else await needs.sleep(remaining, ended);
    }
  }

  /** Compares the clock, which a frozen process reads before its timers and answers arrive. */
  function mayWrite(): boolean {
    return !isTakenOver && needs.now() < acquired.renewedAt + WRITE_DEADLINE_MS;
  }

  /** Rejects if the work continues after the leadership was lost. */
  async function shutdownDeadline(): Promise<void> {
    if (!lost.signal.aborted) await new Promise((resolve) => lost.signal.addEventListener('abort', resolve));
    await needs.sleep(SHUTDOWN_TIMEOUT_MS, finished.signal);
    if (!finished.signal.aborted)
      throw new LockstepError('LEADERSHIP_STOP_TIMEOUT', [SHUTDOWN_TIMEOUT_MS / 1000]);
  }

  function loseLeadership(to: string | undefined): void {
    if (ended.aborted) return;
    lost.abort();
    needs.onChange({ leading: false, leader: to });
  }

  /**
   * A Lease that was changed or deleted by hand is taken again in its present form, unless another replica holds it.
   */
  async function write(lease: Pick<ObservedLease, 'holder' | 'seconds'>): Promise<void> {
    for (let stored: Lease | undefined = acquired.lease; ; ) {
      const since = needs.now();
      try {
        acquired = { lease: await needs.write(lease, stored), renewedAt: since };
        return;
      } catch (error) {
        if (!needs.isConflict(error) || lost.signal.aborted) throw error;
      }
      stored = await needs.read();
      if (stored !== undefined && stored.holder !== needs.identity) {
        isTakenOver = true;
        return loseLeadership(stored.holder || undefined);
      }
    }
  }

  async function release(): Promise<void> {
    try {
      await write(RELEASED_LEASE);
    } catch (error) {
      needs.onError(error);
    }
    needs.onChange({ leading: false, leader: undefined });
  }
}
