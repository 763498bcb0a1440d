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
  readonly fresh: Set<TrackedSocket>;
  /** Each request is answered. */
  readonly idle: Set<TrackedSocket>;
  readonly busy: Set<TrackedSocket>;
}

/** One open socket. */
interface TrackedSocket {
  readonly socket: Socket;
  readonly address: AddressSockets;
  /** The set of `address` that holds the socket. Undefined after its end. */
  state: Set<TrackedSocket> | undefined;
  /** Called after each answer. */
  readonly onAnswered: () => void;
  readonly remove: () => void;
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
  const sockets = new Map<string, TrackedSocket>();
  const addresses = new Map<string, AddressSockets>();
  /** The TCP socket below a TLS socket, from its first request on. */
  const trackedByTlsSocket = new WeakMap<Socket, TrackedSocket>();

  server.on('connection', (socket: Socket) => {
    const tracked = track(socket);
    socket.once('close', tracked.remove);
    if (sockets.size <= maxSockets) return;
    const evicted = socketToEvict(tracked);
    // At once: the socket closes a moment later, and the next eviction must not choose it again.
    evicted.remove();
    evicted.socket.destroy();
  });

  function track(socket: Socket): TrackedSocket {
    const [key, addressKey] = [keyOf(socket), socket.remoteAddress ?? ''];
    const address = addresses.get(addressKey) ?? { fresh: new Set(), idle: new Set(), busy: new Set() };
    addresses.set(addressKey, address);
    const tracked: TrackedSocket = {
      socket,
      address,
      state: address.fresh,
      onAnswered: () => {
        if (tracked.state !== undefined && !socket.destroyed) move(tracked, address.idle);
      },
      remove: () => {
        if (sockets.get(key) === tracked) sockets.delete(key);
        move(tracked, undefined);
        if (socketCount(address) === 0 && addresses.get(addressKey) === address) addresses.delete(addressKey);
      },
    };
    address.fresh.add(tracked);
    sockets.set(key, tracked);
    return tracked;
  }

  /** Moves the socket to the set `to`, or removes it. It becomes the newest one of the set. */
  function move(tracked: TrackedSocket, to: Set<TrackedSocket> | undefined): void {
    tracked.state?.delete(tracked);
    tracked.state = to;
    to?.add(tracked);
  }

  /** `newest` is evicted only if there is no other choice. */
  function socketToEvict(newest: TrackedSocket): TrackedSocket {
    if (authenticates) {
      const { fresh } = largestBy(addresses, ({ fresh }) => fresh.size - (fresh.has(newest) ? 1 : 0));
      return oldestOf(fresh, newest) ?? newest;
    }
    const { fresh, idle, busy } = largestBy(addresses, socketCount);
    return oldestOf(fresh, newest) ?? oldestOf(idle) ?? oldestOf(busy) ?? newest;
  }

  function trackedSocketOf(socket: Socket): TrackedSocket | undefined {
    const known = trackedByTlsSocket.get(socket);
    if (known !== undefined) return known;
    const tracked = sockets.get(keyOf(socket));
    if (tracked !== undefined) trackedByTlsSocket.set(socket, tracked);
    return tracked;
  }

  return {
    onRequest: ({ socket }, response) => {
      const tracked = trackedSocketOf(socket);
      if (tracked?.state === undefined) return;
      move(tracked, tracked.address.busy);
      response.on('close', tracked.onAnswered);
    },
    destroyAll: () => {
      for (const { socket } of sockets.values()) socket.destroy();
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

function oldestOf(sockets: ReadonlySet<TrackedSocket>, except?: TrackedSocket): TrackedSocket | undefined {
  for (const socket of sockets) if (socket !== except) return socket;
  return undefined;
}
