import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { first } from './first.ts';
import { senderOf } from './sender.ts';

export interface SocketLimits {
  /** The open sockets of all senders. */
  readonly total: number;
  /** The open sockets of one sender. */
  readonly perSender: number;
  /**
   * Whether a new socket above `perSender` is closed, which costs the least. Otherwise it takes the place of an older
   * one.
   */
  readonly refusesNewest?: boolean;
  /** The requests on one socket without an answer. By default unlimited. */
  readonly unanswered?: number;
  /**
   * Whether only an API server gets as far as a request. Each other socket is then evicted before one of an API server.
   */
  readonly authenticates?: boolean;
}

/**
 * Limits the open sockets of a server. A new socket above a limit evicts another one: first a silent one, of the sender
 * that has the most.
 */
export interface Connections {
  /**
   * A request arrived. Its socket is busy until the answer. Returns false if the socket is closed: then the request has
   * no answer.
   */
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly destroyAll: () => void;
}

/** The sockets of one sender by state, in each set the oldest first. */
class SenderSockets {
  readonly sender: string;
  /** No request arrived yet. */
  readonly fresh = new Set<TrackedSocket>();
  /** Each request is answered. */
  readonly idle = new Set<TrackedSocket>();
  readonly busy = new Set<TrackedSocket>();

  constructor(sender: string) {
    this.sender = sender;
  }

  get size(): number {
    return this.fresh.size + this.idle.size + this.busy.size;
  }

  get all(): readonly TrackedSocket[] {
    return [...this.fresh, ...this.idle, ...this.busy];
  }
}

class TrackedSocket {
  readonly socket: Socket;
  readonly key: string;
  readonly neighbours: SenderSockets;
  unanswered = 0;
  /** The set of `neighbours` that holds the socket. Undefined after its end. */
  #state: Set<TrackedSocket> | undefined;

  constructor(socket: Socket, key: string, neighbours: SenderSockets) {
    this.socket = socket;
    this.key = key;
    this.neighbours = neighbours;
    this.move(neighbours.fresh);
  }

  get isOpen(): boolean {
    return this.#state !== undefined && !this.socket.destroyed;
  }

  /** The socket becomes the newest one of the set `to`. Without a set it is removed. */
  move(to?: Set<TrackedSocket>): void {
    this.#state?.delete(this);
    this.#state = to;
    to?.add(this);
  }

  /** Called after each answer. */
  readonly onAnswered = (): void => {
    this.unanswered -= 1;
    if (this.isOpen && this.unanswered === 0) this.move(this.neighbours.idle);
  };
}

export function limitConnections(server: Server, limits: SocketLimits): Connections {
  const {
    total,
    perSender,
    refusesNewest = false,
    unanswered = Number.POSITIVE_INFINITY,
    authenticates = false,
  } = limits;
  /** Includes sockets in their handshake, which `closeAllConnections` does not know. */
  const sockets = new Map<string, TrackedSocket>();
  const senders = new Map<string, SenderSockets>();

  server.on('connection', (socket: Socket) => {
    const tracked = track(socket);
    if (tracked.neighbours.size > perSender)
      evict(refusesNewest ? tracked : socketToEvict(tracked, tracked.neighbours));
    else if (sockets.size > total) evict(socketToEvict(tracked, largestSender(tracked)));
  });

  function track(socket: Socket): TrackedSocket {
    const sender = senderOf(socket.remoteAddress);
    const neighbours = senders.get(sender) ?? new SenderSockets(sender);
    senders.set(sender, neighbours);
    const tracked = new TrackedSocket(socket, keyOf(socket), neighbours);
    sockets.set(tracked.key, tracked);
    socket.once('close', () => remove(tracked));
    return tracked;
  }

  /** Removes the socket at once: it closes a moment later, and the next eviction must not choose it again. */
  function evict(tracked: TrackedSocket): void {
    remove(tracked);
    tracked.socket.destroy();
  }

  function remove(tracked: TrackedSocket): void {
    const { key, neighbours } = tracked;
    if (sockets.get(key) === tracked) sockets.delete(key);
    tracked.move();
    if (neighbours.size === 0 && senders.get(neighbours.sender) === neighbours)
      senders.delete(neighbours.sender);
  }

  /** `newest` is evicted only if there is no other choice. */
  function socketToEvict(newest: TrackedSocket, { fresh, idle, busy }: SenderSockets): TrackedSocket {
    const silent = first(fresh, (tracked) => tracked !== newest);
    if (authenticates) return silent ?? newest;
    return silent ?? first(idle) ?? first(busy) ?? newest;
  }

  function largestSender(newest: TrackedSocket): SenderSockets {
    const measure = authenticates
      ? ({ fresh }: SenderSockets) => fresh.size - (fresh.has(newest) ? 1 : 0)
      : ({ size }: SenderSockets) => size;
    let largest: SenderSockets | undefined;
    for (const one of senders.values())
      if (largest === undefined || measure(one) > measure(largest)) largest = one;
    return largest ?? newest.neighbours;
  }

  return {
    onRequest: ({ socket }, response) => {
      const tracked = sockets.get(keyOf(socket));
      if (!tracked?.isOpen) return !socket.destroyed;
      tracked.unanswered += 1;
      if (tracked.unanswered > unanswered) {
        // No API server does this. Node parses all that has arrived on a socket, so the others of the sender end too.
        for (const one of tracked.neighbours.all) evict(one);
        return false;
      }
      tracked.move(tracked.neighbours.busy);
      response.on('close', tracked.onAnswered);
      return true;
    },
    destroyAll: () => {
      for (const { socket } of sockets.values()) socket.destroy();
    },
  };
}

/** The TLS socket wraps the TCP socket. Both have the same addresses and ports. */
const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
