import { callOnChange } from '../../call-on-change.ts';
import {
  type AcquiredLease,
  LEASE_DURATION_SECONDS,
  type LeaderElectionNeeds,
  type Leadership,
  type ObservedLease,
  runTerm,
} from './term.ts';

/**
 * The longest time to wait for a silent holder, whatever duration its Lease names: any client may have written it. The
 * leader of another lockstep version may ask for a longer time than ours.
 */
const MAX_LEASE_DURATION_SECONDS = 4 * LEASE_DURATION_SECONDS;
/** The time between two reads of a Lease that another replica holds. */
const POLL_INTERVAL_MS = 2000;
/** The largest random delay, so that candidates do not write at the same time. */
const MAX_JITTER_MS = 400;
/** The limit for a reported holder. A pod's name and its identity are much shorter. */
const MAX_HOLDER_LENGTH = 253;

/**
 * Leads whenever no other replica does, until the signal aborts. Rejects with the error of the work. It works like
 * client-go's leaderelection:
 *
 *     read ── another replica holds it ── read again
 *      └── no holder, or not renewed for 15 s ── conditional write ── a term ── lost: read again
 *
 * The clock of this process decides whether the holder is gone, counted from the last renewal that it saw. The times in
 * the Lease come from another machine.
 */
export async function runElector<Lease extends ObservedLease>(
  needs: LeaderElectionNeeds<Lease>,
  signal: AbortSignal,
): Promise<void> {
  const notifying = {
    ...needs,
    onChange: leadershipListener(needs.onChange),
    onError: errorListener(needs.onError),
  };
  const candidate = campaign(notifying);
  while (!signal.aborted) {
    const acquired = await candidate.attempt();
    if (acquired !== undefined && (await runTerm(notifying, acquired, signal)) === 'over') return;
    await needs.sleep(candidate.pause(), signal);
  }
}

function campaign<Lease extends ObservedLease>(needs: LeaderElectionNeeds<Lease>) {
  /** The mark of the Lease as last seen. */
  let mark: string | undefined;
  let holder: string | undefined;
  /**
   * The end of its lease duration, by `now`. A deleted Lease ends nothing: its holder still works, and creates it
   * again.
   */
  let expiresAt = needs.now();

  async function tryAcquire(): Promise<AcquiredLease<Lease> | undefined> {
    try {
      const lease = await needs.read();
      if (lease !== undefined && lease.mark !== mark) observeLease(lease);
      const since = needs.now();
      const acquired = since < expiresAt ? undefined : await acquire(lease, since);
      needs.onError(undefined);
      if (since < expiresAt) needs.onChange({ leading: false, leader: holder });
      return acquired;
    } catch (error) {
      needs.onError(error);
    }
    return undefined;
  }

  function observeLease(lease: Lease): void {
    mark = lease.mark;
    holder = lease.holder;
    const isHeldByOther = holder !== '' && holder !== needs.identity;
    const seconds = Math.min(Math.max(lease.seconds, LEASE_DURATION_SECONDS), MAX_LEASE_DURATION_SECONDS);
    expiresAt = needs.now() + (isHeldByOther ? seconds * 1000 : 0);
  }

  async function acquire(
    stored: Lease | undefined,
    since: number,
  ): Promise<AcquiredLease<Lease> | undefined> {
    try {
      const lease = { holder: needs.identity, seconds: LEASE_DURATION_SECONDS };
      return { lease: await needs.write(lease, stored), renewedAt: since };
    } catch (error) {
      if (needs.isConflict(error)) return undefined;
      throw error;
    }
  }

  /** The delay until the next attempt. */
  function retryDelay(): number {
    const remaining = expiresAt - needs.now();
    return (
      (remaining > 0 ? Math.min(remaining, POLL_INTERVAL_MS) : POLL_INTERVAL_MS) +
      MAX_JITTER_MS * needs.random()
    );
  }

  return { attempt: tryAcquire, pause: retryDelay };
}

/** Reports each change. The name of the holder comes from another client. */
const leadershipListener = (listener: (leadership: Leadership) => void) =>
  callOnChange(
    ({ leading, leader }: Leadership) => listener({ leading, leader: leader?.slice(0, MAX_HOLDER_LENGTH) }),
    ({ leading, leader }) => `${leading} ${leader?.slice(0, MAX_HOLDER_LENGTH)}`,
  );

/** Reports each reason once, and with undefined the end of the failures. */
const errorListener = (listener: (error: unknown) => void) =>
  callOnChange(listener, (error) => (error === undefined ? undefined : String(error)));
