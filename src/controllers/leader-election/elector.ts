import { type Held, type HeldLease, type Lead, TENURE_SECONDS, type TermNeeds, term } from './term.ts';

/**
 * So long a holder that is not heard of is waited for, whatever it says itself: anybody may have written that. Another version's leader may ask for
 * more than ours, though. Seconds.
 */
const LONGEST_TENURE = 4 * TENURE_SECONDS;
/** Between two looks at a Lease that another one holds. Milliseconds. */
const LOOK_MS = 2000;
/** Candidates come one after the other: up to so much later. Milliseconds. */
const APART_MS = 400;
/** Of a holder, as it is told: a pod's name and its identity are much shorter. */
const LONGEST_NAME = 253;

/**
 * Leads whenever no other replica does, until the signal comes. Rejects with what the work rejects with. As client-go's leaderelection:
 *
 *     look ── another one holds it ── look again
 *      └── nobody does, or it was not renewed for 15 s ── write, conditionally ── a term ── lost: look again
 *
 * Whether the holder is gone is told by this process's own clock, since it last saw the Lease renewed: the times in it are another machine's.
 */
export async function lead<Lease extends HeldLease>(
  needs: TermNeeds<Lease>,
  signal: AbortSignal,
): Promise<void> {
  const telling = { ...needs, told: onChange(needs.told), failing: onceEach(needs.failing) };
  const candidate = standFor(telling);
  while (!signal.aborted) {
    const held = await candidate.attempt();
    if (held !== undefined && (await term(telling, held, signal)) === 'over') return;
    await needs.sleep(candidate.pause(), signal);
  }
}

function standFor<Lease extends HeldLease>(needs: TermNeeds<Lease>) {
  /** Of the Lease as last seen. */
  let mark: string | undefined;
  let holder: string | undefined;
  /** When its tenure runs out, by `now`. That somebody deletes it ends no tenure: its holder, still at work, makes it anew. */
  let freeAt = needs.now();

  async function attempt(): Promise<Held<Lease> | undefined> {
    try {
      const found = await needs.read();
      if (found !== undefined && found.mark !== mark) see(found);
      const since = needs.now();
      const held = since < freeAt ? undefined : await take(found, since);
      needs.failing(undefined);
      if (since < freeAt) needs.told({ leading: false, by: holder });
      return held;
    } catch (error) {
      needs.failing(error);
    }
    return undefined;
  }

  function see(found: Lease): void {
    mark = found.mark;
    holder = found.holder;
    const isAnothers = holder !== '' && holder !== needs.identity;
    const seconds = Math.min(Math.max(found.seconds, TENURE_SECONDS), LONGEST_TENURE);
    freeAt = needs.now() + (isAnothers ? seconds * 1000 : 0);
  }

  async function take(found: Lease | undefined, since: number): Promise<Held<Lease> | undefined> {
    try {
      const mine = { holder: needs.identity, seconds: TENURE_SECONDS };
      return { lease: await needs.write(mine, found), since };
    } catch (error) {
      if (needs.isConflict(error)) return undefined;
      throw error;
    }
  }

  /** Until the next attempt. Milliseconds. */
  function pause(): number {
    const left = freeAt - needs.now();
    return (left > 0 ? Math.min(left, LOOK_MS) : LOOK_MS) + APART_MS * needs.random();
  }

  return { attempt, pause };
}

function onChange(told: (lead: Lead) => void): (lead: Lead) => void {
  let last: Lead | undefined;
  return ({ leading, by }) => {
    const lead = { leading, by: by?.slice(0, LONGEST_NAME) };
    if (leading !== last?.leading || lead.by !== last.by) told(lead);
    last = lead;
  };
}

function onceEach(failing: (error: unknown) => void): (error: unknown) => void {
  let last: string | undefined;
  return (error) => {
    const reason = error === undefined ? undefined : String(error);
    if (reason !== last) failing(error);
    last = reason;
  };
}
