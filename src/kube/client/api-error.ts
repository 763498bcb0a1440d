import { LockstepError } from '../../errors/errors.ts';
import { roleCommandFor } from './role-command.ts';

/**
 * The API server, or a proxy before it, answered with an error. `body` is a `v1` Status as JSON, or the text of the
 * proxy.
 */
export class ApiStatusError extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** Runs one call, and turns its error into one sentence. `action` completes "… while": "reading Secret a/b". */
export async function callApi<Answer>(
  server: string,
  action: string,
  call: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await call();
  } catch (cause) {
    throw clusterError(cause, server, action);
  }
}

/** The same as `callApi`, but undefined if the object does not exist. */
export async function callApiIfFound<Answer>(
  server: string,
  action: string,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (cause) {
    if (statusOf(cause)?.code === 404) return undefined;
    throw clusterError(cause, server, action);
  }
}

export function clusterError(cause: unknown, server: string, action: string): LockstepError {
  if (cause instanceof LockstepError) return cause;
  const status = statusOf(cause);
  if (status !== undefined) return errorForStatus(status, server, action);
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new LockstepError('CLUSTER_TIMEOUT', [server, action], cause);
  }
  return new LockstepError('CLUSTER_UNREACHABLE', [server, connectionErrorReason(cause), action], cause);
}

/**
 * For a call that creates an object. 404 means that the namespace is gone. 403 with this cause means that it is being
 * deleted, so the API server creates nothing in it.
 */
export function isNamespaceUnavailable(cause: unknown): boolean {
  if (!(cause instanceof ApiStatusError)) return false;
  return cause.status === 404 || isTerminating(cause);
}

/** The namespace is being deleted, so the API server creates nothing in it. */
export const isTerminating = (cause: unknown): boolean => statusOf(cause)?.isTerminating === true;

function connectionErrorReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const rootError = cause.cause instanceof Error ? cause.cause : cause;
  // A host that was tried by IPv4 and IPv6 gives an AggregateError with an empty message.
  if ('code' in rootError && typeof rootError.code === 'string') return rootError.code;
  return rootError.message;
}

interface ApiStatus {
  readonly code: number;
  readonly message: string | undefined;
  readonly kind: string | undefined;
  /** The namespace is being deleted. */
  readonly isTerminating: boolean;
}

function errorForStatus(
  { code, message, kind, isTerminating }: ApiStatus,
  server: string,
  action: string,
): LockstepError {
  if (code === 401) return new LockstepError('CLUSTER_UNAUTHENTICATED', [server]);
  if (code === 404 && kind === 'namespaces') return new LockstepError('NOT_INSTALLED', ['such namespace']);
  if (code === 409) return new LockstepError('CLUSTER_CONFLICT', [action]);
  if (isTerminating) return new LockstepError('NAMESPACE_TERMINATING', [action]);
  const reason = denyingWebhookIn(message) ?? message ?? `HTTP ${code}`;
  const role = code === 403 ? roleCommandFor(reason) : undefined;
  return new LockstepError('CLUSTER_REFUSED', [action, reason, ...(role === undefined ? [] : [role])]);
}

/**
 * The webhook or policy that an ApiStatusError quotes. Undefined if the message is the API server's own. The message of
 * another webhook or policy may hold all data of the write, so the result has only its name.
 */
export const denyingWebhookOf = (cause: unknown): string | undefined =>
  denyingWebhookIn(statusOf(cause)?.message);

function denyingWebhookIn(message = ''): string | undefined {
  const [, phrase, webhook] = /\b(admission|failed calling) webhook "([^"]{1,253})"/.exec(message) ?? [];
  if (webhook !== undefined)
    return phrase === 'admission'
      ? `the admission webhook ${webhook} denies it`
      : `the admission webhook ${webhook} could not be asked, and the log of the API server says why`;
  const policy = /\b(?:Validating|Mutating)AdmissionPolicy '[^']{1,253}'/.exec(message)?.[0];
  return policy && `the ${policy} denies it`;
}

function statusOf(cause: unknown): ApiStatus | undefined {
  if (!(cause instanceof ApiStatusError)) return undefined;
  try {
    const { message, details }: { message?: unknown; details?: { kind?: unknown; causes?: unknown } } =
      JSON.parse(cause.body);
    return {
      code: cause.status,
      message: nonEmptyText(message),
      kind: nonEmptyText(details?.kind),
      isTerminating: cause.status === 403 && reasonsIn(details?.causes).includes('NamespaceTerminating'),
    };
  } catch {
    return { code: cause.status, message: undefined, kind: undefined, isTerminating: false };
  }
}

const reasonsIn = (causes: unknown): readonly unknown[] =>
  Array.isArray(causes) ? causes.map((cause: { reason?: unknown } | null) => cause?.reason) : [];

const nonEmptyText = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
