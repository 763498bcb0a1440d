import type { HeldLease, TermNeeds } from './term.ts';

type Keeper<Lease extends HeldLease> = Pick<TermNeeds<Lease>, 'read' | 'write'>;

export interface LeaseHeartbeat<Lease extends HeldLease> extends Keeper<Lease> {
  /** Why a restart is needed: this replica neither renews the Lease nor tries to get it. */
  readonly stopped: () => string | undefined;
  /** Why this replica can't lead at this moment. */
  readonly ailing: () => string | undefined;
}

/** A leader renews each two seconds, and a candidate looks as often. Milliseconds. */
const LONGEST_PAUSE_MS = 60_000;

/** The same keeper of a Lease, which remembers when it was last asked, and when it last answered. */
export function leaseHeartbeat<Lease extends HeldLease>(
  keeper: Keeper<Lease>,
  now: () => number,
): LeaseHeartbeat<Lease> {
  let tried = now();
  let answered = now();

  async function noting<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    tried = now();
    const answer = await ask();
    answered = now();
    return answer;
  }

  const stopped = (): string | undefined =>
    now() - tried > LONGEST_PAUSE_MS
      ? 'this replica has neither renewed the Lease nor tried to get it for 60 s'
      : undefined;

  return {
    read: () => noting(keeper.read),
    write: (tenure, replaced) => noting(() => keeper.write(tenure, replaced)),
    stopped,
    ailing: () =>
      stopped() ??
      (now() - answered > LONGEST_PAUSE_MS
        ? 'the Lease could be neither read nor written for 60 s; the log says why'
        : undefined),
  };
}
