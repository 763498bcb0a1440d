import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * An API server opens one socket for each call in progress, and keeps 25 of them idle. By default it has at most 200
 * changes in progress. Each socket takes 40 KiB.
 */
const MAX_SOCKETS = 2048;

/**
 * Limits the open sockets of a server. A new socket above the limit evicts another one: first a silent one, of the
 * address that has the most.
 */
export interface Connections {
  /** A request arrived. Its socket is busy until the answer. */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly destroyAll: () => void;
}

/** The sockets of one address by state, in each set the oldest first. */
interface AddressSockets {
  /** No request arrived yet. */
  readonly fresh: Set<Socket>;
  /** Each request is answered. */
  readonly idle: Set<Socket>;
  readonly busy: Set<Socket>;
}

/**
 * If `authenticates`, only an API server gets as far as a request. Each other socket is then evicted before one of an
 * API server.
 */
export function limitConnections(
  server: Server,
  authenticates: boolean,
  maxSockets: number = MAX_SOCKETS,
): Connections {
  /** Includes sockets in their handshake, which `closeAllConnections` does not know. */
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
    // At once: the socket closes a moment later, and the next eviction must not choose it again.
    removers.get(evicted)?.();
    evicted.destroy();
  });

  /** Moves the socket to the set `to`, or removes it from all sets. */
  function move(socket: Socket, { fresh, idle, busy }: AddressSockets, to?: Set<Socket>): void {
    for (const set of [fresh, idle, busy]) set.delete(socket);
    to?.add(socket);
  }

  /** `newest` is evicted only if there is no other choice. */
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

/** The TLS socket wraps the TCP socket. Both have the same addresses and ports. */
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
