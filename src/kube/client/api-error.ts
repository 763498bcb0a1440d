import { LockstepError } from '../../errors.ts';

/** The API server, or what stands before it, answered with an error. `body`: a `v1` Status as JSON, or whatever a proxy says. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * Runs one call and turns what it throws into one sentence. `doing` completes "… while": "reading Secret a/b".
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

export function failure(cause: unknown, server: string, doing: string): LockstepError {
  if (cause instanceof LockstepError) return cause;
  const status = statusOf(cause);
  if (status !== undefined) return answered(status, server, doing);
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    return new LockstepError('CLUSTER_TIMEOUT', [server, doing], cause);
  }
  return new LockstepError('CLUSTER_UNREACHABLE', [server, reasonOf(cause), doing], cause);
}

/** 404: the namespace is gone. 403 with this cause: it is being deleted, and nothing new is made in it. For a call that creates something. */
export function isNamespaceGone(cause: unknown): boolean {
  if (!(cause instanceof Refusal)) return false;
  return cause.status === 404 || isTerminating(cause);
}

/** The namespace is being deleted, and the API server makes nothing new in it. */
export const isTerminating = (cause: unknown): boolean => statusOf(cause)?.isTerminating === true;

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
  /** The namespace is being deleted. */
  readonly isTerminating: boolean;
}

function answered(
  { code, message, kind, isTerminating }: Answered,
  server: string,
  doing: string,
): LockstepError {
  if (code === 401) return new LockstepError('CLUSTER_UNAUTHENTICATED', [server]);
  if (code === 404 && kind === 'namespaces') return new LockstepError('NOT_INSTALLED', ['such namespace']);
  if (code === 409) return new LockstepError('CLUSTER_CONFLICT', [doing]);
  if (isTerminating) return new LockstepError('NAMESPACE_TERMINATING', [doing]);
  return new LockstepError('CLUSTER_REFUSED', [doing, denierIn(message) ?? message ?? `HTTP ${code}`]);
}

/**
 * Who is quoted by a Refusal; undefined where the API server says something itself. What other webhooks and policies say, and what a webhook answers that fails, may
 * hold all that was written, so of those only the name is told.
 */
export const denierOf = (cause: unknown): string | undefined => denierIn(statusOf(cause)?.message);

function denierIn(message = ''): string | undefined {
  const [, said, webhook] = /\b(admission|failed calling) webhook "([^"]{1,253})"/.exec(message) ?? [];
  if (webhook !== undefined)
    return said === 'admission'
      ? `the admission webhook ${webhook} denies it`
      : `the admission webhook ${webhook} could not be asked, and the log of the API server says why`;
  const policy = /\b(?:Validating|Mutating)AdmissionPolicy '[^']{1,253}'/.exec(message)?.[0];
  return policy && `the ${policy} denies it`;
}

function statusOf(cause: unknown): Answered | undefined {
  if (!(cause instanceof Refusal)) return undefined;
  try {
    const { message, details }: { message?: unknown; details?: { kind?: unknown; causes?: unknown } } =
      JSON.parse(cause.body);
    return {
      code: cause.status,
      message: text(message),
      kind: text(details?.kind),
      isTerminating: cause.status === 403 && reasonsIn(details?.causes).includes('NamespaceTerminating'),
    };
  } catch {
    return { code: cause.status, message: undefined, kind: undefined, isTerminating: false };
  }
}

const reasonsIn = (causes: unknown): readonly unknown[] =>
  Array.isArray(causes) ? causes.map((cause: { reason?: unknown } | null) => cause?.reason) : [];

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
