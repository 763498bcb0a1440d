import type { CredentialNews } from './status.ts';
import { waitText } from './wait-reason.ts';

/** The part of the status of a PostgresCredential that a waiting person needs. Each is a sentence. */
export interface Tidings {
  /** The reason why no controller works on it. */
  readonly trouble: string | undefined;
  readonly waits: string | undefined;
}

export function tidingsOf({
  conditions,
  waitsFor,
}: Pick<CredentialNews, 'conditions' | 'waitsFor'>): Tidings {
  return tidingsFrom(conditions, waitsFor && waitText(waitsFor));
}

/** The same from a stored status. Every field may hold anything: a user may have written it. A status of an older spec says nothing. */
export function tidingsIn(document: unknown): Tidings {
  const { metadata, status } = (document ?? {}) as Stored;
  if (status?.observedGeneration !== metadata?.generation) return tidingsFrom([], undefined);
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  return tidingsFrom(conditions.filter(isObject), textOf(status?.waitingFor));
}

interface Stored {
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

function tidingsFrom(conditions: readonly StoredCondition[], waits: string | undefined): Tidings {
  const find = (type: string, status: string): StoredCondition | undefined =>
    conditions.find((one) => one.type === type && one.status === status);
  const unknown = find('Synced', 'Unknown');
  const unreachable = unknown?.reason === 'Unreachable' ? textOf(unknown.message) : undefined;
  return { trouble: textOf(find('Ready', 'False')?.message), waits: waits ?? unreachable };
}

const isObject = (one: unknown): one is StoredCondition => typeof one === 'object' && one !== null;

const textOf = (text: unknown): string | undefined =>
  typeof text === 'string' && text !== '' ? text : undefined;
