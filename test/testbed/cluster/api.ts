import { Agent, request } from 'node:https';
import type { KeyPair } from './pki.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Text, or an object that is sent as JSON. */
  readonly body?: string | object;
  /** `application/json` unless told: a PATCH needs its own. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiResponse {
  readonly status: number;
  readonly text: string;
  /** The body, parsed. Throws where it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API server answers; tests say what they expect of it
  json(): any;
}

export type Api = (path: string, options?: ApiRequest) => Promise<ApiResponse>;

/** HTTPS to the API server without a client library between. */
export function apiOf(server: string, ca: string, client: KeyPair): Api {
  // A connection of its own for each call: none is left half dead by a restart of the server.
  const agent = new Agent({ ca, cert: client.cert, key: client.key, keepAlive: false });
  return (path, { method = 'GET', body, contentType = 'application/json', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const call = request(
        new URL(path, server),
        {
          method,
          agent,
          headers: { ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, text, json: () => JSON.parse(text) });
          });
        },
      );
      call.on('error', reject);
      call.end(typeof body === 'object' ? JSON.stringify(body) : body);
    });
}
