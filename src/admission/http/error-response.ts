import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LockstepError } from '../../errors.ts';
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

type OnError = (error: unknown, status: number) => void;

export interface ErrorAnswer {
  readonly status: number;
  readonly json: string;
  /** Whether the server has too much work. The caller then opens a new socket, perhaps to another pod. */
  readonly isOverloaded: boolean;
  /** The error to report: a LockstepError, or the error that our own code threw. */
  readonly reported: unknown;
}

/** The answer to a request that failed. */
export function errorAnswer(error: unknown): ErrorAnswer {
  const lockstepError = error instanceof LockstepError ? error : toLockstepError(error);
  const { status, message, code } = lockstepError;
  return {
    status,
    json: statusBody(status, message),
    isOverloaded: status === 503 || status === 504,
    reported: code === 'LOCKSTEP_INTERNAL_ERROR' ? error : lockstepError,
  };
}

/** An error of our own code may quote a value, so the answer names only its class. */
function toLockstepError(error: unknown): LockstepError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new LockstepError('WRONG_CONTENT_TYPE');
  return new LockstepError('INTERNAL_ERROR', [error instanceof Error ? error.name : typeof error], error);
}

/** Answers a request whose path can't be decoded. It has no handler. */
export function answerBadPath(response: ServerResponse, onError: OnError): void {
  const error = new LockstepError('BAD_PATH');
  sendJson(response, { status: 400, json: statusBody(400, error.message), closes: false });
  onError(error, 400);
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
