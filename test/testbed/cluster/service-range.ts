import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * A service range inside 127.0.0.0/8: a Service's address is then one that a local process can listen on, and the API server
 * reaches it as it would reach a real one. A cluster holds its range by listening on the range's last address, so that the
 * kernel keeps two clusters apart, and lets go of it however the process ends.
 */
export interface ServiceRange {
  /** `127.X.0.0/16` */
  readonly cidr: string;
  /** The n-th address, from 1 to 254. The first one is the Service `kubernetes`. */
  address(n: number): string;
  release(): void;
}

const RESERVATION_PORT = 9_999;

export async function claimServiceRange(): Promise<ServiceRange> {
  for (;;) {
    const octet = randomInt(1, 255);
    const reservation = await listen(`127.${octet}.255.254`);
    if (reservation === undefined) continue;
    return {
      cidr: `127.${octet}.0.0/16`,
      address: (n) => `127.${octet}.0.${n}`,
      release: () => void reservation.close(),
    };
  }
}

function listen(host: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE'
        ? resolve(undefined)
        : reject(
            new Error(`can't listen on ${host}: the testbed needs all of 127.0.0.0/8`, { cause: error }),
          ),
    );
    server.listen({ host, port: RESERVATION_PORT, exclusive: true }, () => resolve(server));
  });
}
