import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';

/**
 * Stands between a client and a server on this machine, and can fall silent: connections stay open, and nothing more
 * comes through.
 */
export interface MuteProxy {
  readonly port: number;
  mute(): void;
  /** Connections from before are cut, as when a network comes back. */
  unmute(): void;
}

export async function aMuteProxy(t: Test, target: number): Promise<MuteProxy> {
  const sockets = new Set<Socket>();
  let isMute = false;
  const hold = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    hold(client);
    if (isMute) return;
    const upstream = connect({ host: '127.0.0.1', port: target });
    hold(upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (piece) => {
        if (!isMute) to.write(piece);
      });
      from.on('close', () => {
        if (!isMute) to.destroySoon();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    mute: () => {
      isMute = true;
    },
    unmute: () => {
      isMute = false;
      cut();
    },
  };
}
