import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { statusBody } from './status-body.ts';

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
