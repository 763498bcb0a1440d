import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Address, dial, untilAborted } from '../../dial/dial.ts';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { ServerNetworks } from '../../dial/server-networks.ts';
import type { AuthMethod, ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { handshake, type Peer } from './handshake.ts';
import { peerOf, startTls } from './secure.ts';
import { MessageStream } from './wire.ts';

export interface ConnectOptions {
  /** The limit for the login, in milliseconds. Above it the result is a `timeout`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** The networks in which a server may be. Undefined permits all. */
  readonly networks?: ServerNetworks | undefined;
}

/** A server after a successful login. The caller must destroy the stream. */
export interface LoginConnection {
  readonly stream: Socket | TLSSocket;
  /** The method that proved the password. Undefined if the server did not ask for it, and trusts each client. */
  readonly authMethod: AuthMethod | undefined;
}

/**
 * Connects and logs in, as libpq does with the same `sslmode`. It reads no environment and no files. It ends within
 * `timeout`, whatever program answers.
 *
 * @throws LoginFailure; the reason of `signal` if it was aborted.
 */
export async function connect(
  target: ServerTarget,
  credential: Credential,
  { timeout: timeoutMs, signal, networks }: ConnectOptions,
): Promise<LoginConnection> {
  const timeoutSignal = AbortSignal.timeout(timeoutMs);
  const stopSignal = signal === undefined ? timeoutSignal : AbortSignal.any([signal, timeoutSignal]);
  try {
    return await connectByMode(target, credential, { stopSignal, networks });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

interface ConnectContext extends Pick<ConnectOptions, 'networks'> {
  readonly stopSignal: AbortSignal;
}

/** libpq looks for a server's socket here: a host that is a path is the folder of the socket. */
const isSocketFolder = (host: string): boolean => host.startsWith('/');

const addressOf = ({ host, port }: ServerTarget): Address =>
  isSocketFolder(host) ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };

async function connectByMode(
  target: ServerTarget,
  credential: Credential,
  context: ConnectContext,
): Promise<LoginConnection> {
  const { host, tls } = target;
  if (isSocketFolder(host) || tls.mode === 'disable') return connectPlain(target, credential, context);
  try {
    return await connectTls(target, credential, context);
  } catch (error) {
    if (tls.mode !== 'prefer' || !isTlsRelated(error)) throw error;
    return connectPlain(target, credential, context);
  }
}

/** Faults that another attempt without TLS may avoid: a failed handshake, and a pg_hba.conf that refuses TLS. */
const isTlsRelated = (error: unknown): boolean =>
  error instanceof LoginFailure &&
  ['tls', 'cut', 'pg-hba'].includes(error.fault) &&
  error.tlsFault !== 'intercepted';

async function connectPlain(
  target: ServerTarget,
  credential: Credential,
  context: ConnectContext,
): Promise<LoginConnection> {
  const { stopSignal, networks } = context;
  const socket = await dial(addressOf(target), stopSignal, networks);
  return logIn(socket, target, credential, { isVerified: isSocketFolder(target.host) }, stopSignal);
}

async function connectTls(
  target: ServerTarget,
  credential: Credential,
  { stopSignal, networks }: ConnectContext,
): Promise<LoginConnection> {
  const socket = await dial(addressOf(target), stopSignal, networks);
  try {
    const stream = await startTls(socket, target, stopSignal);
    if (stream !== undefined)
      return await logIn(stream, target, credential, peerOf(stream, target.tls), stopSignal);
    if (target.tls.mode !== 'prefer') throw LoginFailure.tls('absent');
    return await logIn(socket, target, credential, { isVerified: false }, stopSignal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function logIn(
  stream: Socket | TLSSocket,
  target: ServerTarget,
  credential: Credential,
  peer: Peer,
  stopSignal: AbortSignal,
): Promise<LoginConnection> {
  const wire = new MessageStream(stream, stopSignal);
  try {
    // A server may ask for more rounds of SCRAM than fit into the time.
    const authMethod = await untilAborted(handshake(wire, credential, target, peer), stopSignal);
    wire.release();
    return { stream, authMethod };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}
