import type { Buffer } from 'node:buffer';
import { Agent, request } from 'node:https';

const CONNECTIONS = 8;

export interface BenchConnection {
  /** The body of the answer. */
  readonly post: (path: string, body: Buffer) => Promise<string>;
  /** Sends `count` requests with the bodies in turn, on all connections at once. */
  readonly flood: (path: string, bodies: readonly Buffer[], count: number) => Promise<void>;
  /** Runs `one` for each number below `count`, as many at once as there are connections. */
  readonly all: (count: number, one: (number: number) => Promise<unknown>) => Promise<void>;
}

interface ServerAddress {
  readonly host: string;
  /** That the certificate must be for, where it is not the host. */
  readonly servername?: string;
}

/** Connections that stay open. They do not keep the process alive. */
export function openConnections(
  port: number,
  ca: string,
  at: ServerAddress = { host: '127.0.0.1' },
): BenchConnection {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca });
  const post = (path: string, body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const sent = request({ agent, ...at, port, path, method: 'POST', headers }, (response) => {
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
  const all = async (count: number, one: (number: number) => Promise<unknown>): Promise<void> => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) {
        next += 1;
        await one(next - 1);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  };
  const flood = (path: string, bodies: readonly Buffer[], count: number): Promise<void> =>
    all(count, (number) => post(path, bodies[number % bodies.length]!));
  return { post, flood, all };
}
