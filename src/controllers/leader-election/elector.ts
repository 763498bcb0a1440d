import {
  type AcquiredLease,
  LEASE_DURATION_SECONDS,
  type LeaderElectionNeeds,
  type Leadership,
  type ObservedLease,
  runTerm,
} from './term.ts';

/**
 * So long a holder that is not heard of is waited for, whatever it says itself: anybody may have written that. Another version's leader may ask for
 * more than ours, though. Seconds.
 */
const MAX_LEASE_DURATION_SECONDS = 4 * LEASE_DURATION_SECONDS;
/** Between two looks at a Lease that another one holds. Milliseconds. */
const POLL_INTERVAL_MS = 2000;
/** Candidates come one after the other: up to so much later. Milliseconds. */
const MAX_JITTER_MS = 400;
/** Of a holder, as it is told: a pod's name and its identity are much shorter. */
const MAX_HOLDER_LENGTH = 253;

/**
 * Leads whenever no other replica does, until the signal comes. Rejects with what the work rejects with. As client-go's leaderelection:
 *
 *     look ── another one holds it ── look again
 *      └── nobody does, or it was not renewed for 15 s ── write, conditionally ── a term ── lost: look again
 *
 * Whether the holder is gone is told by this process's own clock, since it last saw the Lease renewed: the times in it are another machine's.
 */
export async function runElector<Lease extends ObservedLease>(
  needs: LeaderElectionNeeds<Lease>,
  signal: AbortSignal,
): Promise<void> {
  const notifying = { ...needs, onChange: onChange(needs.onChange), onError: onErrorChange(needs.onError) };
  const candidate = campaign(notifying);
  while (!signal.aborted) {
    const acquired = await candidate.attempt();
    if (acquired !== undefined && (await runTerm(notifying, acquired, signal)) === 'over') return;
    await needs.sleep(candidate.pause(), signal);
  }
}

function campaign<Lease extends ObservedLease>(needs: LeaderElectionNeeds<Lease>) {
  /** Of the Lease as last seen. */
  let mark: string | undefined;
  let holder: string | undefined;
  /** When its tenure runs out, by `now`. That somebody deletes it ends no tenure: its holder, still at work, makes it anew. */
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

  /** Until the next attempt. Milliseconds. */
  function retryDelay(): number {
    const remaining = expiresAt - needs.now();
    return (
      (remaining > 0 ? Math.min(remaining, POLL_INTERVAL_MS) : POLL_INTERVAL_MS) +
      MAX_JITTER_MS * needs.random()
    );
  }

  return { attempt: tryAcquire, pause: retryDelay };
}

function onChange(listener: (leadership: Leadership) => void): (leadership: Leadership) => void {
  let last: Leadership | undefined;
  return ({ leading, leader: by }) => {
    const leadership = { leading, leader: by?.slice(0, MAX_HOLDER_LENGTH) };
    if (leading !== last?.leading || leadership.leader !== last.leader) listener(leadership);
    last = leadership;
  };
}

function onErrorChange(listener: (error: unknown) => void): (error: unknown) => void {
  let last: string | undefined;
  return (error) => {
    const reason = error === undefined ? undefined : String(error);
    if (reason !== last) listener(error);
    last = reason;
  };
}
