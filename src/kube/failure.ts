import { LockstepError } from '../errors.ts';

/**
 * Runs one call and turns what the client throws into one sentence. `doing` completes "… while": "reading Secret a/b".
 * The client's own message holds the whole response, headers included, so it is never passed on.
 */
export async function ask<Answer>(
  server: string,
  doing: string,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    throw failure(cause, server, doing);
  }
}

/** As `ask`; undefined where the object does not exist. */
export async function askFor<Answer>(
  server: string,
  doing: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (cause) {
    if (statusOf(cause)?.code === 404) return undefined;
    throw failure(cause, server, doing);
  }
}

function failure(cause: unknown, server: string, doing: string): LockstepError {
  const status = statusOf(cause);
  if (status !== undefined) return answered(status, server, doing);
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new LockstepError('CLUSTER_SILENT', [server, doing], cause);
  }
  return new LockstepError('CLUSTER_UNREACHABLE', [server, reasonOf(cause), doing], cause);
}

/** undici says only `fetch failed`; its cause is the error of the socket or the handshake. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const reason = cause.cause instanceof Error ? cause.cause : cause;
  // Of an address that was tried in both families: an AggregateError, whose message is empty.
  if ('code' in reason && typeof reason.code === 'string') return reason.code;
  return reason.message;
}

interface Answered {
  readonly code: number;
  readonly message: string | undefined;
  readonly kind: string | undefined;
}

function answered({ code, message, kind }: Answered, server: string, doing: string): LockstepError {
  if (code === 401) return new LockstepError('CLUSTER_UNAUTHENTICATED', [server]);
  if (code === 404 && kind === 'namespaces') return new LockstepError('NOT_INSTALLED', ['such namespace']);
  if (code === 409) return new LockstepError('CLUSTER_CONFLICT', [doing]);
  return new LockstepError('CLUSTER_REFUSED', [doing, message ?? `HTTP ${code}`]);
}

/**
 * The client throws an ApiException whose body is the text of a `v1` Status, or of whatever a proxy says instead. A DOMException has a numeric code
 * too, one below 26.
 */
function statusOf(cause: unknown): Answered | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'number') return undefined;
  if (cause.code < 100) return undefined;
  const body = 'body' in cause && typeof cause.body === 'string' ? cause.body : '';
  try {
    const status: { message?: unknown; details?: { kind?: unknown } } = JSON.parse(body);
    return { code: cause.code, message: text(status.message), kind: text(status.details?.kind) };
  } catch {
    return { code: cause.code, message: undefined, kind: undefined };
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
