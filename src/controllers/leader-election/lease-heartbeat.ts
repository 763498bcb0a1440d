import type { LeaderElectionNeeds, ObservedLease } from './term.ts';

type LeaseAccess<Lease extends ObservedLease> = Pick<LeaderElectionNeeds<Lease>, 'read' | 'write'>;

export interface LeaseHeartbeat<Lease extends ObservedLease> extends LeaseAccess<Lease> {
  /** The reason for a restart: this replica neither renews the Lease nor tries to get it. */
  readonly stoppedReason: () => string | undefined;
  /** The reason why this replica can't lead at this moment. */
  readonly notReadyReason: () => string | undefined;
}

/** A leader renews the Lease every two seconds, and a candidate reads it as often. */
const MAX_SILENCE_MS = 60_000;

/** Wraps the access to a Lease, and stores the times of the last call and the last answer. */
export function leaseHeartbeat<Lease extends ObservedLease>(
  client: LeaseAccess<Lease>,
  now: () => number,
): LeaseHeartbeat<Lease> {
  let lastAttempt = now();
  let lastAnswer = now();

  async function recordCall<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    lastAttempt = now();
    const answer = await call();
    lastAnswer = now();
    return answer;
  }

  const stoppedReason = (): string | undefined =>
    now() - lastAttempt > MAX_SILENCE_MS
      ? 'this replica has neither renewed the Lease nor tried to get it for 60 s'
      : undefined;

  return {
    read: () => recordCall(client.read),
    write: (lease, replaced) => recordCall(() => client.write(lease, replaced)),
    stoppedReason,
    notReadyReason: () =>
      stoppedReason() ??
      (now() - lastAnswer > MAX_SILENCE_MS
        ? 'the Lease could be neither read nor written for 60 s; the log says why'
        : undefined),
  };
}
