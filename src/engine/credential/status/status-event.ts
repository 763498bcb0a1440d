import type { EventReason } from '../../secret/event-reasons.ts';
import type { CredentialCondition } from './status.ts';

/** An Event about a PostgresCredential that became ready, or is no longer ready. */
export interface CredentialEvent {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal for the same fact. */
  readonly identity: string;
}

/** The Event for a status that replaces `before`, whatever that holds. Undefined if the condition Ready is the same. */
export function readyEventOf(
  before: unknown,
  generation: number,
  conditions: readonly CredentialCondition[],
): CredentialEvent | undefined {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined) return undefined;
  const stored = (before ?? {}) as { readonly conditions?: unknown };
  const known: readonly Partial<CredentialCondition | null>[] = Array.isArray(stored.conditions)
    ? stored.conditions
    : [];
  const last = known.find((one) => one?.type === 'Ready');
  if (last?.status === ready.status && last.reason === ready.reason) return undefined;
  return {
    reason: ready.status === 'True' ? 'CredentialReady' : 'CredentialNotReady',
    note: `${ready.reason}: ${ready.message}`,
    identity: `${generation} ${ready.reason} ${last?.reason ?? ''}`,
  };
}
