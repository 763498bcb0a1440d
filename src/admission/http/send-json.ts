import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';

/** Sends the whole answer in one write. `closes` ends the socket after it. */
export function sendJson(
  response: ServerResponse,
  { status, json, closes }: { readonly status: number; readonly json: string; readonly closes: boolean },
): void {
  const headers = ['Content-Type', 'application/json', 'Content-Length', `${Buffer.byteLength(json)}`];
  if (closes) headers.push('Connection', 'close');
  response.writeHead(status, headers);
  response.end(json);
}
