import { type Finding, fieldOf, sentence } from '../../engine/secret/finding/finding.ts';
import type { EventReason } from '../../engine/secret/kubernetes/event-reasons.ts';
import type { SecretWithFindings } from './board.ts';

export interface FindingEvent {
  readonly secret: Pick<SecretWithFindings, 'namespace' | 'name' | 'uid'>;
  readonly reason: Extract<
    EventReason,
    'SecretViolation' | 'SecretWarning' | 'ValueReplaced' | 'ValueReverted'
  >;
  readonly note: string;
  /** Equal for the same finding. */
  readonly identity: string;
}

export interface FindingEventsNeeds {
  readonly recordEvent: (note: FindingEvent) => void;
  /** The number of Events that were dropped since the last call. Only the report has their findings. */
  readonly onDropped: (count: number) => void;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
}

export interface FindingEventRecorder {
  readonly report: (faulty: SecretWithFindings) => void;
  readonly scanEnded: () => void;
}

/**
 * A policy with findings everywhere must not bury the other Events of a namespace. The API server keeps each Event for
 * an hour.
 */
const MAX_PER_NAMESPACE = 50;
const EVENTS_PER_SECOND = 5;
const BURST = 50;

/** Records Events for new findings. Events beyond the limits are dropped and counted, not delayed. */
export function findingEventRecorder({
  recordEvent,
  onDropped,
  now,
}: FindingEventsNeeds): FindingEventRecorder {
  const sentByNamespace = new Map<string, number>();
  const bucket = tokenBucket(BURST, EVENTS_PER_SECOND, now);
  let dropped = 0;

  function send(secret: SecretWithFindings, finding: Finding): void {
    const count = sentByNamespace.get(secret.namespace) ?? 0;
    if (count >= MAX_PER_NAMESPACE || !bucket.take()) {
      dropped += 1;
      return;
    }
    sentByNamespace.set(secret.namespace, count + 1);
    recordEvent(eventOf(secret, finding));
  }

  return {
    report: (faulty) => {
      for (const finding of faulty.findings) send(faulty, finding);
    },
    scanEnded: () => {
      sentByNamespace.clear();
      if (dropped > 0) onDropped(dropped);
      dropped = 0;
    },
  };
}

function eventOf({ namespace, name, uid }: SecretWithFindings, finding: Finding): FindingEvent {
  const { policy, rule, key, action, message } = finding;
  return {
    secret: { namespace, name, uid },
    reason: reasonOf(finding),
    note: `${fieldOf(finding)}: ${sentence(finding)}`,
    identity: JSON.stringify([policy, rule, key, action, message]),
  };
}

function reasonOf({ rule, action }: Finding): FindingEvent['reason'] {
  if (rule === 'replaced') return 'ValueReplaced';
  if (rule === 'reverted') return 'ValueReverted';
  return action === 'Enforce' ? 'SecretViolation' : 'SecretWarning';
}

/** A bucket that is full at the start. It gains `perSecond` tokens each second, up to `size`. */
function tokenBucket(size: number, perSecond: number, now: () => number): { readonly take: () => boolean } {
  let tokens = size;
  let refilledAt = now();
  return {
    take: () => {
      const at = now();
      tokens = Math.min(size, tokens + ((at - refilledAt) / 1000) * perSecond);
      refilledAt = at;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
