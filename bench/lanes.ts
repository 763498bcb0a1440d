import type { Buffer } from 'node:buffer';
import { Agent, request } from 'node:https';

/** As few as an API server keeps open towards a webhook that answers quickly. */
const CONNECTIONS = 4;

export interface Lane {
  /** The body of the answer. */
  readonly post: (path: string, body: Buffer) => Promise<string>;
  /** Sends the body `count` times, on all connections at once, on each one after the other. */
  readonly flood: (path: string, body: Buffer, count: number) => Promise<void>;
}

/** Connections that stay open. They do not keep the process alive. */
export function openLanes(port: number, ca: string): Lane {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  const post = (path: string, body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const sent = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    post,
    flood: async (path, body, count) => {
      let left = count;
      const lane = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          await post(path, body);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, lane));
    },
  };
}
