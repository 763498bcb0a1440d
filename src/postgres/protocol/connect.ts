import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Credential } from '../../engine/record/credential.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { dial, isSocketFolder } from './dial.ts';
import { type Greeting, handshake, type Peer } from './handshake.ts';
import { LoginFailure } from './login-failure.ts';
import { peerOf, secure } from './secure.ts';
import type { ServerNetworks } from './server-networks.ts';
import { Wire } from './wire.ts';

export interface ConnectOptions {
  /** Milliseconds until the login has to be done; then it is a `timeout`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** The networks in which a server may be. Undefined: all. */
  readonly networks?: ServerNetworks | undefined;
}

/** A server that has let somebody in. Whoever has it destroys the stream. */
export interface Connection {
  readonly stream: Socket | TLSSocket;
  readonly greeting: Greeting;
}

/**
 * Connects and logs in, as libpq does with the `sslmode` of that name. Nothing comes from the environment or from files. Never longer than `timeout`,
 * whatever answers there.
 *
 * @throws LoginFailure; the reason of `signal` where that was aborted.
 */
export async function connect(
  target: ServerTarget,
  credential: Credential,
  { timeout, signal, networks }: ConnectOptions,
): Promise<Connection> {
  const late = AbortSignal.timeout(timeout);
  const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    return await enter(target, credential, { stop, networks });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

interface Way extends Pick<ConnectOptions, 'networks'> {
  readonly stop: AbortSignal;
}

async function enter(target: ServerTarget, credential: Credential, way: Way): Promise<Connection> {
  const { host, tls } = target;
  if (isSocketFolder(host) || tls.mode === 'disable') return inClear(target, credential, way);
  try {
    return await encrypted(target, credential, way);
  } catch (error) {
    if (tls.mode !== 'prefer' || !mayBeOfTls(error)) throw error;
    return inClear(target, credential, way);
  }
}

/** What another try without TLS may mend: a handshake that failed, and a pg_hba.conf that wants none of it. */
const mayBeOfTls = (error: unknown): boolean =>
  error instanceof LoginFailure &&
  ['tls', 'cut', 'pg-hba'].includes(error.fault) &&
  error.why !== 'intercepted';

async function inClear(target: ServerTarget, credential: Credential, way: Way): Promise<Connection> {
  const { stop, networks } = way;
  const socket = await dial(target, stop, networks);
  return logIn(socket, target, credential, { isProven: isSocketFolder(target.host) }, stop);
}

async function encrypted(
  target: ServerTarget,
  credential: Credential,
  { stop, networks }: Way,
): Promise<Connection> {
  const socket = await dial(target, stop, networks);
  try {
    const stream = await secure(socket, target, stop);
    if (stream !== undefined)
      return await logIn(stream, target, credential, peerOf(stream, target.tls), stop);
    if (target.tls.mode !== 'prefer') throw LoginFailure.tls('absent');
    return await logIn(socket, target, credential, { isProven: false }, stop);
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
  stop: AbortSignal,
): Promise<Connection> {
  const wire = new Wire(stream, stop);
  try {
    const greeting = await handshake(wire, credential, target, peer);
    wire.release();
    return { stream, greeting };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}
