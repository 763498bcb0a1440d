/** The part of the status of a ServerCredential that a waiting person needs. Each is a sentence. */
export interface WaitStatus {
  /** The reason why no controller works on it. */
  readonly notReadyReason: string | undefined;
  readonly waitingFor: string | undefined;
}

/**
 * The wait status of a stored ServerCredential. Every field may hold anything, because a user may have written it. A
 * status of an older spec is ignored.
 */
export function storedWaitStatus(document: unknown): WaitStatus {
  const { metadata, status } = (document ?? {}) as StoredObject;
  if (status?.observedGeneration !== metadata?.generation) return waitStatusFrom([], undefined);
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  return waitStatusFrom(conditions.filter(isObject), textOf(status?.waitingFor));
}

interface StoredObject {
  readonly metadata?: { readonly generation?: unknown } | null;
  readonly status?: {
    readonly observedGeneration?: unknown;
    readonly waitingFor?: unknown;
    readonly conditions?: unknown;
  } | null;
}

interface StoredCondition {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
}

function waitStatusFrom(conditions: readonly StoredCondition[], waitingFor: string | undefined): WaitStatus {
  const find = (type: string, status: string): StoredCondition | undefined =>
    conditions.find((one) => one.type === type && one.status === status);
  const unknown = find('Synced', 'Unknown');
  const unreachable = unknown?.reason === 'Unreachable' ? textOf(unknown.message) : undefined;
  return { notReadyReason: textOf(find('Ready', 'False')?.message), waitingFor: waitingFor ?? unreachable };
}

const isObject = (one: unknown): one is StoredCondition => typeof one === 'object' && one !== null;

const textOf = (text: unknown): string | undefined =>
  typeof text === 'string' && text !== '' ? text : undefined;
