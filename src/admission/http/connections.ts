import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * An API server opens one socket for each call under way and keeps 25 of them idle, and at most 200 changes are under way in one that is not told
 * otherwise. Each socket takes 40 KiB.
 */
const MAX_SOCKETS = 2048;

/** The open sockets of a server. If one too many comes, another one makes room: silent ones go first, and of the address that has most. */
export interface Connections {
  /** A request came, and its socket is not silent until it is answered. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly destroyAll: () => void;
}

/** Sockets of one address, by what they do; in each the oldest first. */
interface AddressSockets {
  /** Nothing was asked yet. */
  readonly fresh: Set<Socket>;
  /** All was answered. */
  readonly idle: Set<Socket>;
  readonly busy: Set<Socket>;
}

/**
 * `authenticates`: only those of an API server get as far as asking something. Then all others make room before one of these does.
 */
export function limitConnections(
  server: Server,
  authenticates: boolean,
  maxSockets: number = MAX_SOCKETS,
): Connections {
  /** Also those that have not finished their handshake, which `closeAllConnections` does not know. */
  const sockets = new Map<string, Socket>();
  const addresses = new Map<string, AddressSockets>();
  const removers = new WeakMap<Socket, () => void>();

  server.on('connection', (socket: Socket) => {
    const [key, address] = [keyOf(socket), socket.remoteAddress ?? ''];
    const addressSockets = addresses.get(address) ?? { fresh: new Set(), idle: new Set(), busy: new Set() };
    addresses.set(address, addressSockets);
    addressSockets.fresh.add(socket);
    sockets.set(key, socket);
    const removeSocket = (): void => {
      if (sockets.get(key) === socket) sockets.delete(key);
      move(socket, addressSockets);
      if (socketCount(addressSockets) === 0 && addresses.get(address) === addressSockets)
        addresses.delete(address);
    };
    socket.once('close', removeSocket);
    removers.set(socket, removeSocket);
    if (sockets.size <= maxSockets) return;
    const evicted = socketToEvict(socket);
    // At once: it is closed a moment later, and the next one must not choose it again.
    removers.get(evicted)?.();
    evicted.destroy();
  });

  /** Into `to`, or out of all. */
  function move(socket: Socket, { fresh, idle, busy }: AddressSockets, to?: Set<Socket>): void {
    for (const set of [fresh, idle, busy]) set.delete(socket);
    to?.add(socket);
  }

  /** `newest` is the last to make room for itself. */
  function socketToEvict(newest: Socket): Socket {
    if (authenticates) {
      const { fresh } = largestBy(addresses, ({ fresh }) => fresh.size - (fresh.has(newest) ? 1 : 0));
      return oldestOf(fresh, newest) ?? newest;
    }
    const { fresh, idle, busy } = largestBy(addresses, socketCount);
    return oldestOf(fresh, newest) ?? oldestOf(idle) ?? oldestOf(busy) ?? newest;
  }

  return {
    onRequest: ({ socket }, response) => {
      const tcpSocket = sockets.get(keyOf(socket));
      const neighbours = addresses.get(socket.remoteAddress ?? '');
      if (tcpSocket === undefined || neighbours === undefined) return;
      move(tcpSocket, neighbours, neighbours.busy);
      response.once('close', () => {
        if (!tcpSocket.destroyed) move(tcpSocket, neighbours, neighbours.idle);
      });
    },
    destroyAll: () => {
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

/** TLS puts a socket of its own over that of TCP; both have the ends of the connection in common. */
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

const socketCount = ({ fresh, idle, busy }: AddressSockets): number => fresh.size + idle.size + busy.size;

function largestBy(
  addresses: ReadonlyMap<string, AddressSockets>,
  measure: (addressSockets: AddressSockets) => number,
): AddressSockets {
  let largest: AddressSockets | undefined;
  for (const one of addresses.values())
    if (largest === undefined || measure(one) > measure(largest)) largest = one;
  return largest ?? { fresh: new Set(), idle: new Set(), busy: new Set() };
}

function oldestOf(sockets: ReadonlySet<Socket>, except?: Socket): Socket | undefined {
  for (const socket of sockets) if (socket !== except) return socket;
  return undefined;
}
