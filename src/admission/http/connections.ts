import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * An API server opens one socket for each call under way and keeps 25 of them idle, and at most 200 changes are under way in one that is not told
 * otherwise. Each socket takes 40 KiB.
 */
const MOST_SOCKETS = 2048;

/** The open sockets of a server. If one too many comes, another one makes room: silent ones go first, and of the address that has most. */
export interface Connections {
  /** A request came, and its socket is not silent until it is answered. */
  readonly begins: (request: IncomingMessage, response: ServerResponse) => void;
  readonly cutAll: () => void;
}

/** Sockets of one address, by what they do; in each the oldest first. */
interface Neighbours {
  /** Nothing was asked yet. */
  readonly fresh: Set<Socket>;
  /** All was answered. */
  readonly idle: Set<Socket>;
  readonly busy: Set<Socket>;
}

/**
 * `authenticates`: only those of an API server get as far as asking something. Then all others make room before one of these does.
 */
export function watchConnections(
  server: Server,
  authenticates: boolean,
  most: number = MOST_SOCKETS,
): Connections {
  /** Also those that have not finished their handshake, which `closeAllConnections` does not know. */
  const sockets = new Map<string, Socket>();
  const addresses = new Map<string, Neighbours>();
  const leaving = new WeakMap<Socket, () => void>();

  server.on('connection', (socket: Socket) => {
    const [key, address] = [keyOf(socket), socket.remoteAddress ?? ''];
    const neighbours = addresses.get(address) ?? { fresh: new Set(), idle: new Set(), busy: new Set() };
    addresses.set(address, neighbours);
    neighbours.fresh.add(socket);
    sockets.set(key, socket);
    const forget = (): void => {
      if (sockets.get(key) === socket) sockets.delete(key);
      move(socket, neighbours);
      if (countOf(neighbours) === 0 && addresses.get(address) === neighbours) addresses.delete(address);
    };
    socket.once('close', forget);
    leaving.set(socket, forget);
    if (sockets.size <= most) return;
    const one = victim(socket);
    // At once: it is closed a moment later, and the next one must not choose it again.
    leaving.get(one)?.();
    one.destroy();
  });

  /** Into `to`, or out of all. */
  function move(socket: Socket, { fresh, idle, busy }: Neighbours, to?: Set<Socket>): void {
    for (const set of [fresh, idle, busy]) set.delete(socket);
    to?.add(socket);
  }

  /** `newest` is the last to make room for itself. */
  function victim(newest: Socket): Socket {
    if (authenticates) {
      const { fresh } = greatest(addresses, ({ fresh }) => fresh.size - (fresh.has(newest) ? 1 : 0));
      return oldest(fresh, newest) ?? newest;
    }
    const { fresh, idle, busy } = greatest(addresses, countOf);
    return oldest(fresh, newest) ?? oldest(idle) ?? oldest(busy) ?? newest;
  }

  return {
    begins: ({ socket }, response) => {
      const below = sockets.get(keyOf(socket));
      const neighbours = addresses.get(socket.remoteAddress ?? '');
      if (below === undefined || neighbours === undefined) return;
      move(below, neighbours, neighbours.busy);
      response.once('close', () => {
        if (!below.destroyed) move(below, neighbours, neighbours.idle);
      });
    },
    cutAll: () => {
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

/** TLS puts a socket of its own over that of TCP; both have the ends of the connection in common. */
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

const countOf = ({ fresh, idle, busy }: Neighbours): number => fresh.size + idle.size + busy.size;

function greatest(addresses: ReadonlyMap<string, Neighbours>, by: (one: Neighbours) => number): Neighbours {
  let found: Neighbours | undefined;
  for (const one of addresses.values()) if (found === undefined || by(one) > by(found)) found = one;
  return found ?? { fresh: new Set(), idle: new Set(), busy: new Set() };
}

function oldest(sockets: ReadonlySet<Socket>, except?: Socket): Socket | undefined {
  for (const socket of sockets) if (socket !== except) return socket;
  return undefined;
}
