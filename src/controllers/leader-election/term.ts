import { LockstepError } from '../../errors.ts';

/** What a leader needs to know of a Lease. */
export interface HeldLease {
  /** Empty where nobody holds it. */
  readonly holder: string;
  /** For how long after each renewal. */
  readonly seconds: number;
  /** Another one after each renewal, and after nothing else. */
  readonly mark: string;
}

export interface TermNeeds<Lease extends HeldLease> {
  /** Of this process alone: two with one name would both lead. */
  readonly identity: string;
  /** Undefined where there is none. Settles within five seconds, as `write` does. */
  readonly read: () => Promise<Lease | undefined>;
  /** Creates it, or replaces the one that was read. */
  readonly write: (
    tenure: Pick<HeldLease, 'holder' | 'seconds'>,
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
  readonly told: (lead: Lead) => void;
  /** Called where the Lease can't be read or written, once for each reason, and, with undefined, where it can again. */
  readonly failing: (error: unknown) => void;
}

export interface Lead {
  readonly leading: boolean;
  readonly by: string | undefined;
}

/** A Lease that is held. */
export interface Held<Lease extends HeldLease> {
  readonly lease: Lease;
  /** When the write of it was begun, by `now`: nobody else can have seen it earlier. */
  readonly since: number;
}

/** How long others wait for a renewal. Seconds. The three times are client-go's own. */
export const TENURE_SECONDS = 15;
/** So long after the last renewal the work is told to stop: it has the rest of the tenure to do so, before another one may lead. Milliseconds. */
const RENEW_DEADLINE_MS = 10_000;
/** Nothing is written any more so long after the last renewal: what is sent then arrives before the tenure ends. Milliseconds. */
const WRITE_DEADLINE_MS = 13_000;
/** Work that has not ended so long after the lead was lost never will: each call that it waits for has a limit of 10 s. Milliseconds. */
const ENDING_MS = 30_000;
/** Between two renewals; after one that failed half of it, so that one that got no answer leaves time for another. Milliseconds. */
const RETRY_MS = 2000;
/** So that replicas and their load fall apart: up to a fifth more. */
const JITTER = 0.2;

/** As it is given back: by then nobody has to wait. */
const NOBODY = { holder: '', seconds: 1 };

/**
 * One term: works, and renews the Lease until the work has ended, even while it is ending. `signal` ends the work. Resolves with whether the lead was lost,
 * and is to be stood for again. Rejects with what the work rejects with, when the Lease is given back; with LEADERSHIP_STOP_TIMEOUT where a lost term does not end.
 */
export async function term<Lease extends HeldLease>(
  needs: TermNeeds<Lease>,
  first: Held<Lease>,
  signal: AbortSignal,
): Promise<'lost' | 'over'> {
  const lost = new AbortController();
  const over = new AbortController();
  const gone = AbortSignal.any([lost.signal, over.signal]);
  const working = AbortSignal.any([lost.signal, signal]);
  let held = first;
  /** Another one holds it. */
  let isTaken = false;

  needs.told({ leading: true, by: needs.identity });
  const loops = [renewal(), deadline()];
  try {
    await Promise.race([needs.work(working, mayWrite), unended()]);
  } catch (error) {
    if (!working.aborted || error !== working.reason) throw error;
  } finally {
    over.abort();
    await Promise.all(loops);
    if (!lost.signal.aborted) await giveBack();
  }
  return lost.signal.aborted ? 'lost' : 'over';

  async function renewal(): Promise<void> {
    let pause = RETRY_MS;
    while (!gone.aborted) {
      await needs.sleep(pause * (1 + JITTER * needs.random()), gone);
      if (gone.aborted) return;
      try {
        await write({ holder: needs.identity, seconds: TENURE_SECONDS });
        needs.failing(undefined);
        pause = RETRY_MS;
      } catch (error) {
        needs.failing(error);
        pause = RETRY_MS / 2;
      }
    }
  }

  /** Apart from the renewals, so that one which hangs can't put it off. */
  async function deadline(): Promise<void> {
    while (!gone.aborted) {
      const left = held.since + RENEW_DEADLINE_MS - needs.now();
      if (left <= 0) lose(undefined);
      else await needs.sleep(left, gone);
    }
  }

  /** By the clock, which a frozen process reads before its timers and its answers reach it. */
  function mayWrite(): boolean {
    return !isTaken && needs.now() < held.since + WRITE_DEADLINE_MS;
  }

  /** Rejects where the work goes on though the lead is lost. */
  async function unended(): Promise<void> {
    if (!lost.signal.aborted) await new Promise((resolve) => lost.signal.addEventListener('abort', resolve));
    await needs.sleep(ENDING_MS, over.signal);
    if (!over.signal.aborted) throw new LockstepError('LEADERSHIP_STOP_TIMEOUT', [ENDING_MS / 1000]);
  }

  function lose(to: string | undefined): void {
    if (gone.aborted) return;
    lost.abort();
    needs.told({ leading: false, by: to });
  }

  /** A Lease that was changed or deleted by hand is taken again as it is now, unless another one holds it. */
  async function write(tenure: Pick<HeldLease, 'holder' | 'seconds'>): Promise<void> {
    for (let known: Lease | undefined = held.lease; ; ) {
      const since = needs.now();
      try {
        held = { lease: await needs.write(tenure, known), since };
        return;
      } catch (error) {
        if (!needs.isConflict(error) || lost.signal.aborted) throw error;
      }
      known = await needs.read();
      if (known !== undefined && known.holder !== needs.identity) {
        isTaken = true;
        return lose(known.holder || undefined);
      }
    }
  }

  async function giveBack(): Promise<void> {
    try {
      await write(NOBODY);
    } catch (error) {
      needs.failing(error);
    }
    needs.told({ leading: false, by: undefined });
  }
}
