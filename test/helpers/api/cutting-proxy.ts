import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { freePort } from '../../testbed/process/ports.ts';

export interface CuttingProxy {
  readonly port: number;
  /**
   * Cuts each of the next connections after that many bytes from the server, one number a connection. Later ones
   * pass.
   */
  readonly cutAfter: (bytes: readonly number[]) => void;
  /** Bytes that the server has sent since `cutAfter`, of all connections. */
  readonly passed: () => number;
  /** How many connections were cut. */
  readonly cuts: () => number;
}

/** Plain TCP to a server on this machine, so that TLS goes through. Stopped with the test. */
export async function aCuttingProxy(t: Test, target: number): Promise<CuttingProxy> {
  let budgets: number[] = [];
  let passed = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const budget = budgets.shift() ?? Number.POSITIVE_INFINITY;
    let left = budget;
    const upstream = connect(target, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      passed += part.length;
      left -= part.length;
      client.write(part, () => {
        if (left > 0 || budget === Number.POSITIVE_INFINITY) return;
        cuts += 1;
        end();
      });
    });
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port,
    cutAfter: (bytes) => {
      budgets = [...bytes];
      passed = 0;
      cuts = 0;
      for (const socket of sockets) socket.destroy();
    },
    passed: () => passed,
    cuts: () => cuts,
  };
}
