import { type Finding, fieldOf, sentence } from '../../engine/finding/finding.ts';
import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { Faulty } from './board.ts';

/** What is said of a Secret by an Event. */
export interface FindingNote {
  readonly secret: Pick<Faulty, 'namespace' | 'name' | 'uid'>;
  readonly reason: Extract<EventReason, 'SecretViolation' | 'SecretWarning'>;
  readonly note: string;
  /** The same where the same finding is meant. */
  readonly identity: string;
}

export interface FindingEventsNeeds {
  readonly tell: (note: FindingNote) => void;
  /** So many were not told since it was said last: they are in the report alone. */
  readonly leftOut: (count: number) => void;
  /** Milliseconds from any start. */
  readonly now: () => number;
}

export interface FindingEvents {
  readonly found: (faulty: Faulty) => void;
  readonly sweepEnds: () => void;
}

/** A policy that finds fault everywhere must not bury what else happens in a namespace, nor the API server: it keeps each Event for an hour. */
const MOST_IN_NAMESPACE = 50;
const EACH_SECOND = 5;
const AT_ONCE = 50;

/** Tells of what is new; what is too much is left out and counted, not kept for later. */
export function findingEvents({ tell, leftOut, now }: FindingEventsNeeds): FindingEvents {
  const told = new Map<string, number>();
  const bucket = tokenBucket(AT_ONCE, EACH_SECOND, now);
  let left = 0;

  function tellOne(secret: Faulty, finding: Finding): void {
    const count = told.get(secret.namespace) ?? 0;
    if (count >= MOST_IN_NAMESPACE || !bucket.take()) {
      left += 1;
      return;
    }
    told.set(secret.namespace, count + 1);
    tell(noteOf(secret, finding));
  }

  return {
    found: (faulty) => {
      for (const finding of faulty.findings) tellOne(faulty, finding);
    },
    sweepEnds: () => {
      told.clear();
      if (left > 0) leftOut(left);
      left = 0;
    },
  };
}

function noteOf({ namespace, name, uid }: Faulty, finding: Finding): FindingNote {
  const { policy, rule, key, action, message } = finding;
  return {
    secret: { namespace, name, uid },
    reason: action === 'Enforce' ? 'SecretViolation' : 'SecretWarning',
    note: `${fieldOf(finding)}: ${sentence(finding)} (policy ${policy})`,
    identity: JSON.stringify([policy, rule, key, action, message]),
  };
}

/** Full at the start; `perSecond` come back, up to `size`. */
function tokenBucket(size: number, perSecond: number, now: () => number): { readonly take: () => boolean } {
  let tokens = size;
  let filled = now();
  return {
    take: () => {
      const at = now();
      tokens = Math.min(size, tokens + ((at - filled) / 1000) * perSecond);
      filled = at;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
