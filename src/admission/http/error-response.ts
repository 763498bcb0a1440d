import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LockstepError } from '../../errors/errors.ts';
import { sendJson } from './send-json.ts';

/** The metav1.StatusReason of each code that lockstep answers with. */
const REASON_BY_CODE: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  431: 'RequestEntityTooLarge',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A `v1` Status. For a failed call, the API server passes on no other body to the user and to its log. */
function statusBody(code: number, message: string): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `lockstep: ${message}`,
    reason: REASON_BY_CODE[code] ?? 'Unknown',
    code,
  });
}

/**
 * A review with one of these errors was not read: it is too large, or the server has too much work. The answer to it is
 * a refusal, because the API server takes a Status for a failed call, and `Ignore` admits the write.
 */
const UNREAD_STATUSES: readonly number[] = [413, 503];
/** With these, the caller opens a new socket, perhaps to another pod. */
const OVERLOAD_STATUSES: readonly number[] = [503, 504];

export interface ErrorOptions {
  /** Called after each request that was answered with an error. */
  readonly onError: (error: unknown, status: number) => void;
  readonly isDraining: () => boolean;
}

export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Answers each request that failed. */
export function errorHandler({ onError, isDraining }: ErrorOptions): ErrorHandler {
  return (error, request, reply) => {
    const lockstepError = toLockstepError(error, request);
    const { status, message, code } = lockstepError;
    const sendStatus = (): void => {
      const closes = isDraining() || OVERLOAD_STATUSES.includes(status);
      sendJson(reply, { status, json: statusBody(status, message), closes });
      onError(code === 'LOCKSTEP_INTERNAL_ERROR' ? error : lockstepError, status);
    };
    if (request.call !== undefined && UNREAD_STATUSES.includes(status))
      request.call.answerUnread(lockstepError, sendStatus);
    else sendStatus();
  };
}

/** An error of our own code may quote a value, so the answer names only its class. */
function toLockstepError(error: unknown, request: FastifyRequest): LockstepError {
  if (error instanceof LockstepError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_BAD_URL':
      return new LockstepError('BAD_PATH');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new LockstepError('WRONG_CONTENT_TYPE');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new LockstepError('BODY_TOO_LARGE', [request.routeOptions.bodyLimit]);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new LockstepError('BODY_TRUNCATED');
    default:
      return new LockstepError('INTERNAL_ERROR', [error instanceof Error ? error.name : typeof error], error);
  }
}

/**
 * Answers bytes that are not an HTTP request, or a request that did not end. There is no request object, only the
 * socket.
 */
export function answerMalformedRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [code, phrase, what] = statusFor(error.code);
  const body = statusBody(code, what);
  const head = [
    `HTTP/1.1 ${code} ${phrase}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function statusFor(code: string | undefined): [code: number, phrase: string, what: string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, 'Request Timeout', 'the request did not arrive in time'];
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, 'Request Header Fields Too Large', 'the headers are too large'];
  return [400, 'Bad Request', 'this is not an HTTP request'];
}
