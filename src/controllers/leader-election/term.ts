import { LockstepError } from '../../errors.ts';

/** What a leader needs to know of a Lease. */
export interface ObservedLease {
  /** Empty where nobody holds it. */
  readonly holder: string;
  /** For how long after each renewal. */
  readonly seconds: number;
  /** Another one after each renewal, and after nothing else. */
  readonly mark: string;
}

export interface LeaderElectionNeeds<Lease extends ObservedLease> {
  /** Of this process alone: two with one name would both lead. */
  readonly identity: string;
  /** Undefined where there is none. Settles within five seconds, as `write` does. */
  readonly read: () => Promise<Lease | undefined>;
  /** Creates it, or replaces the one that was read. */
  readonly write: (
    lease: Pick<ObservedLease, 'holder' | 'seconds'>,
    replaced: Lease | undefined,
  ) => Promise<Lease>;
  /** Whether a write was refused because the Lease is no longer the one that was read. */
  readonly isConflict: (error: unknown) => boolean;
  /**
   * What the leader does until the signal comes: that is when the process is to end, or when the lead is lost. The Lease is not given back before it
   * settles. If it settles by itself, the lead is given back for good. Before each write it asks `mayWrite`: a process that was frozen may
   * have lost the lead before any signal reaches it.
   */
  readonly work: (signal: AbortSignal, mayWrite: () => boolean) => Promise<void>;
  /** Of a clock that only goes forward. Milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Resolves after that many milliseconds, or when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Called where it changes. `by`: who leads, where that is known; anybody may have written it. */
  readonly onChange: (lead: Leadership) => void;
  /** Called where the Lease can't be read or written, once for each reason, and, with undefined, where it can again. */
  readonly onError: (error: unknown) => void;
}

export interface Leadership {
  readonly leading: boolean;
  readonly leader: string | undefined;
}

/** A Lease that is held. */
export interface AcquiredLease<Lease extends ObservedLease> {
  readonly lease: Lease;
  /** When the write of it was begun, by `now`: nobody else can have seen it earlier. */
  readonly renewedAt: number;
}

/** How long others wait for a renewal. Seconds. The three times are client-go's own. */
export const LEASE_DURATION_SECONDS = 15;
/** So long after the last renewal the work is told to stop: it has the rest of the tenure to do so, before another one may lead. Milliseconds. */
const RENEW_DEADLINE_MS = 10_000;
/** Nothing is written any more so long after the last renewal: what is sent then arrives before the tenure ends. Milliseconds. */
const WRITE_DEADLINE_MS = 13_000;
/** Work that has not ended so long after the lead was lost never will: each call that it waits for has a limit of 10 s. Milliseconds. */
const SHUTDOWN_TIMEOUT_MS = 30_000;
/** Between two renewals; after one that failed half of it, so that one that got no answer leaves time for another. Milliseconds. */
const RETRY_PERIOD_MS = 2000;
/** So that replicas and their load fall apart: up to a fifth more. */
const JITTER = 0.2;

/** As it is given back: by then nobody has to wait. */
const RELEASED_LEASE = { holder: '', seconds: 1 };

/**
 * One term: works, and renews the Lease until the work has ended, even while it is ending. `signal` ends the work. Resolves with whether the lead was lost,
 * and is to be stood for again. Rejects with what the work rejects with, when the Lease is given back; with LEADERSHIP_STOP_TIMEOUT where a lost term does not end.
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
  /** Another one holds it. */
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

  /** Apart from the renewals, so that one which hangs can't put it off. */
  async function deadlineLoop(): Promise<void> {
    while (!ended.aborted) {
      const remaining = acquired.renewedAt + RENEW_DEADLINE_MS - needs.now();
      if (remaining <= 0) loseLeadership(undefined);
      else await needs.sleep(remaining, ended);
    }
  }

  /** By the clock, which a frozen process reads before its timers and its answers reach it. */
  function mayWrite(): boolean {
    return !isTakenOver && needs.now() < acquired.renewedAt + WRITE_DEADLINE_MS;
  }

  /** Rejects where the work goes on though the lead is lost. */
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

  /** A Lease that was changed or deleted by hand is taken again as it is now, unless another one holds it. */
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
