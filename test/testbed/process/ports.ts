import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Linux hands out client ports from 32768 up (net.ipv4.ip_local_port_range): one of those may be held by a socket at any moment. */
const LOWEST = 10_000;
const FIRST_CLIENT_PORT = 32_768;
/** The one port above LOWEST that `fetch` never connects to: https://fetch.spec.whatwg.org/#port-blocking. */
const BLOCKED_BY_FETCH = 10_080;

/** Given out once in a process, even if nobody has listened on it yet. */
const given = new Set<number>();

/** A TCP port on `host` that is free now. Random, so that test files running at once hardly ever meet. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, FIRST_CLIENT_PORT);
    if (port === BLOCKED_BY_FETCH || given.has(port) || !(await canListen(host, port))) continue;
    given.add(port);
    return port;
  }
}

export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
