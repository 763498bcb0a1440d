/** What the status of a PostgresCredential says to somebody who waits. Each is a sentence. */
export interface Tidings {
  /** Why it can't be worked by. */
  readonly trouble: string | undefined;
  /** What is waited for. */
  readonly waits: string | undefined;
}

/** A condition as it is stored: whoever may write a status may have written anything there. */
export interface Said {
  readonly type?: unknown;
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
}

export function tidingsOf(conditions: readonly Said[]): Tidings {
  const told = (type: string, status: string): Said | undefined =>
    conditions.find((one) => one.type === type && one.status === status);
  const progressing = textOf(told('Progressing', 'True'));
  const unknown = told('Synced', 'Unknown');
  const unreachable = unknown?.reason === 'Unreachable' ? textOf(unknown) : undefined;
  return { trouble: textOf(told('Ready', 'False')), waits: awaitedIn(progressing) ?? unreachable };
}

/** As `news.ts` writes it at the end of the message. */
const awaitedIn = (message: string | undefined): string | undefined =>
  message?.split('; waiting: ').slice(1).join('; waiting: ') || undefined;

const textOf = (said: Said | undefined): string | undefined =>
  typeof said?.message === 'string' ? said.message : undefined;

/** Of a status as it is stored; of one that is about an older spec nothing is said. */
export function tidingsIn(document: unknown): Tidings {
  const { metadata, status } = (document ?? {}) as Stored;
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  if (status?.observedGeneration !== metadata?.generation) return tidingsOf([]);
  return tidingsOf(conditions.filter((one) => typeof one === 'object' && one !== null));
}

interface Stored {
  readonly metadata?: { readonly generation?: unknown } | null;
  readonly status?: { readonly observedGeneration?: unknown; readonly conditions?: unknown } | null;
}
