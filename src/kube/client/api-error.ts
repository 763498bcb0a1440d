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

export const hasStatus = (cause: unknown, ...statuses: readonly number[]): boolean =>
  cause instanceof ApiStatusError && statuses.includes(cause.status);

export function clusterError(cause: unknown, server: string, action: string): LockstepError {
  if (cause instanceof LockstepError) return cause;
  if (cause instanceof ApiStatusError) return errorForStatus(cause, server, action);
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new LockstepError('CLUSTER_TIMEOUT', [server, action], cause);
  }
  return new LockstepError('CLUSTER_UNREACHABLE', [server, connectionErrorReason(cause), action], cause);
}

/**
 * For a call that creates an object. 404 means that the namespace is gone. 403 with this cause means that it is being
 * deleted, so the API server creates nothing in it.
 */
export const isNamespaceUnavailable = (cause: unknown): boolean =>
  hasStatus(cause, 404) || isTerminating(cause);

/** The namespace is being deleted, so the API server creates nothing in it. */
export const isTerminating = (cause: unknown): boolean =>
  cause instanceof ApiStatusError &&
  cause.status === 403 &&
  statusIn(cause).causes.some(({ reason }) => reason === 'NamespaceTerminating');

function connectionErrorReason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const rootError = cause.cause instanceof Error ? cause.cause : cause;
  // A host that was tried by IPv4 and IPv6 gives an AggregateError with an empty message.
  if ('code' in rootError && typeof rootError.code === 'string') return rootError.code;
  return rootError.message;
}

function errorForStatus(cause: ApiStatusError, server: string, action: string): LockstepError {
  const { status } = cause;
  const { message, details } = statusIn(cause);
  if (status === 401) return new LockstepError('CLUSTER_UNAUTHENTICATED', [server]);
  if (status === 404 && details?.kind === 'namespaces')
    return new LockstepError('NOT_INSTALLED', ['such namespace']);
  if (status === 409) return new LockstepError('CLUSTER_CONFLICT', [action]);
  if (isTerminating(cause)) return new LockstepError('NAMESPACE_TERMINATING', [action]);
  const reason = denyingWebhookOf(cause) ?? (message || `HTTP ${status}`);
  const role = status === 403 ? roleCommandFor(reason) : undefined;
  return new LockstepError('CLUSTER_REFUSED', [action, reason, ...(role === undefined ? [] : [role])]);
}

/**
 * The webhook or policy that an ApiStatusError quotes. Undefined if the message is the API server's own. The message of
 * another webhook or policy may hold all data of the write, so the result has only its name.
 */
export function denyingWebhookOf(cause: ApiStatusError): string | undefined {
  const { message } = statusIn(cause);
  const [, phrase, webhook] = /\b(admission|failed calling) webhook "([^"]{1,253})"/.exec(message) ?? [];
  if (webhook !== undefined)
    return phrase === 'admission'
      ? `the admission webhook ${webhook} denies it`
      : `the admission webhook ${webhook} could not be asked, and the log of the API server says why`;
  const policy = /\b(?:Validating|Mutating)AdmissionPolicy '[^']{1,253}'/.exec(message)?.[0];
  return policy && `the ${policy} denies it`;
}

/** The `v1` Status of an answer. */
export interface StatusObject {
  readonly message: string;
  readonly causes: readonly StatusCause[];
  readonly reason?: string;
  readonly details?: { readonly kind?: string; readonly causes?: unknown };
  readonly metadata?: { readonly continue?: string };
}

export interface StatusCause {
  readonly field?: string;
  readonly message?: string;
  readonly reason?: string;
}

/** The Status in the body. It is empty if the body is something else, as that of a proxy. */
export function statusIn({ body }: ApiStatusError): StatusObject {
  try {
    const status = JSON.parse(body) as Partial<StatusObject> | null;
    const { message, details } = status ?? {};
    const causes = Array.isArray(details?.causes) ? details.causes : [];
    return {
      ...status,
      message: typeof message === 'string' ? message : '',
      causes: causes.filter((cause) => typeof cause === 'object' && cause !== null),
    };
  } catch {
    return { message: '', causes: [] };
  }
}
