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
  // A handshake costs more than most requests, and tests poll.
  const agent = new Agent({ ca, cert: client.cert, key: client.key, keepAlive: true });
  const send: Api = (path, options = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', body, contentType = 'application/json', headers = {} } = options;
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
      call.on('error', (error: NodeJS.ErrnoException) => {
        // The server was restarted since the last call.
        if (call.reusedSocket && error.code === 'ECONNRESET') resolve(send(path, options));
        else reject(error);
      });
      call.end(typeof body === 'object' ? JSON.stringify(body) : body);
    });
  return send;
}
