import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { AgeList, AgeListEntry } from './age-list.ts';

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
class AddressSockets {
  readonly address: string;
  /** No request arrived yet. */
  readonly fresh = new AgeList<TrackedSocket>();
  /** Each request is answered. */
  readonly idle = new AgeList<TrackedSocket>();
  readonly busy = new AgeList<TrackedSocket>();

  constructor(address: string) {
    this.address = address;
  }

  get size(): number {
    return this.fresh.size + this.idle.size + this.busy.size;
  }
}

/** One open socket. */
class TrackedSocket extends AgeListEntry {
  readonly socket: Socket;
  readonly key: string;
  readonly neighbours: AddressSockets;
  /** The list of `neighbours` that holds the socket. Undefined after its end. */
  #state: AgeList<TrackedSocket> | undefined;

  constructor(socket: Socket, key: string, neighbours: AddressSockets) {
    super();
    this.socket = socket;
    this.key = key;
    this.neighbours = neighbours;
    this.move(neighbours.fresh);
  }

  get isOpen(): boolean {
    return this.#state !== undefined && !this.socket.destroyed;
  }

  /** The socket becomes the newest one of the list `to`. Without a list it is removed. */
  move(to?: AgeList<TrackedSocket>): void {
    this.#state?.delete(this);
    this.#state = to;
    to?.add(this);
  }

  /** Called after each answer. */
  readonly onAnswered = (): void => {
    if (this.isOpen) this.move(this.neighbours.idle);
  };
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
    if (sockets.size <= maxSockets) return;
    const evicted = socketToEvict(tracked);
    // At once: the socket closes a moment later, and the next eviction must not choose it again.
    remove(evicted);
    evicted.socket.destroy();
  });

  function track(socket: Socket): TrackedSocket {
    const address = socket.remoteAddress ?? '';
    const neighbours = addresses.get(address) ?? new AddressSockets(address);
    addresses.set(address, neighbours);
    const tracked = new TrackedSocket(socket, keyOf(socket), neighbours);
    sockets.set(tracked.key, tracked);
    socket.once('close', () => remove(tracked));
    return tracked;
  }

  function remove(tracked: TrackedSocket): void {
    const { key, neighbours } = tracked;
    if (sockets.get(key) === tracked) sockets.delete(key);
    tracked.move();
    if (neighbours.size === 0 && addresses.get(neighbours.address) === neighbours)
      addresses.delete(neighbours.address);
  }

  /** `newest` is evicted only if there is no other choice. */
  function socketToEvict(newest: TrackedSocket): TrackedSocket {
    const isEarlier = (tracked: TrackedSocket): boolean => tracked !== newest;
    if (authenticates) {
      const { fresh } = largestBy(addresses, ({ fresh }) => fresh.size - (fresh.has(newest) ? 1 : 0));
      return fresh.find(isEarlier) ?? newest;
    }
    const { fresh, idle, busy } = largestBy(addresses, ({ size }) => size);
    return fresh.find(isEarlier) ?? idle.oldest ?? busy.oldest ?? newest;
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
      if (!tracked?.isOpen) return;
      tracked.move(tracked.neighbours.busy);
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

function largestBy(
  addresses: ReadonlyMap<string, AddressSockets>,
  measure: (addressSockets: AddressSockets) => number,
): AddressSockets {
  let largest: AddressSockets | undefined;
  for (const one of addresses.values())
    if (largest === undefined || measure(one) > measure(largest)) largest = one;
  return largest ?? new AddressSockets('');
}
