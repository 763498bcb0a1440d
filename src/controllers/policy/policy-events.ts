import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { POLICY_CONDITIONS, PolicyStatus } from './status.ts';

/** An Event about a SecretPolicy. It holds text of the policy, and nothing of a Secret. */
export interface PolicyEvent {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal for the same fact, so that several replicas record it once. */
  readonly identity: string;
}

type StoredStatus = Partial<
  Record<'conditions', readonly ({ type?: unknown; message?: unknown } | null)[]>
> & {
  readonly observedGeneration?: unknown;
};

const REASONS: Readonly<Record<Exclude<keyof typeof POLICY_CONDITIONS, 'Ready'>, EventReason>> = {
  ExceptionsExpired: 'ExceptionExpired',
  ExceptionsExpiring: 'ExceptionExpiresSoon',
  PrecedenceConflict: 'PolicyConflict',
  SystemConflict: 'PolicyConflict',
};

/** The Events for a status that replaces `before`, whatever that holds. None if nothing has changed but a time. */
export function policyEventsOf(before: unknown, status: PolicyStatus): readonly PolicyEvent[] {
  const { observedGeneration, conditions } = (before ?? {}) as StoredStatus;
  const known = Array.isArray(conditions) ? conditions : [];
  const isNewVersion = observedGeneration !== status.observedGeneration;
  return status.conditions.flatMap(({ type, status: isTrue, message }) => {
    const isKnown = known.some((one) => one?.type === type && one.message === message);
    if (isKnown && !(type === 'Ready' && isNewVersion)) return [];
    const identity = `${status.observedGeneration} ${message}`;
    if (type !== 'Ready') return { reason: REASONS[type], note: message, identity };
    if (isTrue === 'False') return { reason: 'PolicyInvalid' as const, note: message, identity };
    const note = `Version ${status.observedGeneration} is in effect, with the action ${status.effectiveAction}.`;
    return { reason: 'PolicyAccepted' as const, note, identity };
  });
}
