import type { Socket } from 'node:net';
import { Duplex, pipeline, Transform } from 'node:stream';
import { inspect } from 'node:util';
import { AbstractConnector, Redis, ReplyError } from 'ioredis';
import { dial, untilAborted } from '../dial/dial.ts';
import { LoginFailure } from '../dial/login-failure.ts';
import type { ServerNetworks } from '../dial/server-networks.ts';
import { tlsHandshake } from '../dial/tls-handshake.ts';
import type { Tls } from '../engine/login/server/target.ts';
import { ReplyGuard } from './reply-guard.ts';

export interface ConnectOptions {
  /** The limit for the connection, and for each command, in milliseconds. Above it the fault is `timeout`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** The networks in which a server may be. Undefined permits all. */
  readonly networks?: ServerNetworks | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls;
}

/** A reply of RESP 2. */
export type Reply = string | number | null | readonly Reply[];

/** An open connection, on which nobody has logged in. */
export interface Connection extends AsyncDisposable {
  /**
   * Sends a command, after the one before has its reply. No reply in time ends the connection, and so does a reply that
   * no Redis gives.
   *
   * @throws CommandFailure if the server answers with an error; LoginFailure.
   */
  readonly send: (name: string, ...words: readonly (string | Buffer)[]) => Promise<Reply>;
}

/** An error of the server. It keeps only the code, because the text may quote the command. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  /** `WRONGPASS`, or `ERR`, which most errors have. */
  readonly code: string;
  /** The server has no connection left. */
  readonly isFull: boolean;

  constructor(text: string) {
    const code = /^[A-Z]{1,20}(?= |$)/.exec(text)?.[0] ?? 'ERR';
    super(code);
    this.code = code;
    this.isFull = text === 'ERR max number of clients reached';
  }
}

/** The limit of a connection, as a multiple of the limit of one command. */
const MAX_SESSION_TIMEOUTS = 10;

/**
 * Connects, and starts TLS in each mode but `disable`. A client of Redis speaks TLS from the first byte on, or not at
 * all. So `prefer` would send the password in clear to each attacker that refuses TLS, and counts as `require`.
 *
 * @throws LoginFailure; the reason of `signal` if it was aborted.
 */
export async function openConnection(address: Address, options: ConnectOptions): Promise<Connection> {
  const { timeout: timeoutMs, signal, networks } = options;
  const withLimit = (limitMs: number): AbortSignal => {
    const limit = AbortSignal.timeout(limitMs);
    return signal === undefined ? limit : AbortSignal.any([signal, limit]);
  };
  try {
    const socket = await dial(address, withLimit(timeoutMs), networks);
    const stream =
      address.tls.mode === 'disable' ? socket : await tlsHandshake(socket, address, withLimit(timeoutMs));
    return await connectionOf(stream, withLimit(MAX_SESSION_TIMEOUTS * timeoutMs), () =>
      withLimit(timeoutMs),
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function connectionOf(
  socket: Socket,
  sessionSignal: AbortSignal,
  commandSignal: () => AbortSignal,
): Promise<Connection> {
  const guard = new ReplyGuard();
  let failure: LoginFailure | undefined;
  const checked = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      try {
        done(null, guard.take(chunk));
      } catch (error) {
        done(error as Error);
      }
    },
  });
  const stream = Duplex.from({ readable: checked, writable: socket } as never);
  const end = (error?: unknown): void => {
    failure ??= error instanceof LoginFailure ? error : new LoginFailure('cut');
    socket.destroy();
    stream.destroy();
  };
  stream.on('error', () => {});
  pipeline(socket, checked, end);
  const client = clientOn(stream);
  await untilAborted(client.connect(), commandSignal()).catch(end);

  return {
    send: async (name, ...words) => {
      if (failure !== undefined) throw failure;
      guard.expect();
      try {
        const limit = AbortSignal.any([sessionSignal, commandSignal()]);
        return (await untilAborted(client.call(name, ...words), limit)) as Reply;
      } catch (error) {
        if (error instanceof ReplyError) throw new CommandFailure((error as Error).message);
        end(error);
        throw failure ?? error;
      }
    },
    [Symbol.asyncDispose]: async () => end(),
  };
}

/** ioredis on a connected stream. It sends nothing of its own, keeps no command for later, and never reconnects. */
function clientOn(stream: Duplex): Redis {
  const socket = Object.assign(stream, { setNoDelay: () => stream, setKeepAlive: () => stream });
  class Connector extends AbstractConnector {
    override connect(): Promise<Socket> {
      return Promise.resolve(socket as unknown as Socket);
    }
    override disconnect(): void {
      stream.destroy();
    }
  }
  const client = new Redis({
    Connector: Connector as never,
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  client.on('error', () => {});
  return client;
}

/**
 * An argument that nothing prints. ioredis keeps the arguments in its errors, publishes them on a diagnostics channel,
 * and prints them if DEBUG is set.
 */
export function secretWord(bytes: Uint8Array | string): Buffer {
  const print = () => '[redacted]';
  return Object.assign(Buffer.from(bytes as string), {
    toString: print,
    toJSON: print,
    [inspect.custom]: print,
  });
}
