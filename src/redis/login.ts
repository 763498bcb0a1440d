import { LoginFailure } from '../dial/login-failure.ts';
import type { LoginFault, LoginResult } from '../engine/login/result/login-result.ts';
import type { Credential } from '../engine/secret/record/credential.ts';
import {
  type Address,
  CommandFailure,
  type Connection,
  type ConnectOptions,
  openConnection,
  type Reply,
  secretWord,
} from './client.ts';

/** The answer of a server to HELLO, which each user may send. */
interface Hello {
  readonly mode: 'standalone' | 'cluster' | 'sentinel';
  readonly isReplica: boolean;
}

/** A connection on which a user has logged in. */
export interface LoggedIn extends Connection, Hello {
  /** The server asks nobody for the password of the user `default`. */
  readonly isUnproven: boolean;
}

/** The limit for the second attempt, which explains the first one. */
const EXPLAIN_TIMEOUT_MS = 2000;

/**
 * Logs in like an application, sends a PING, and disconnects. Resolves within the timeout, whatever program answers. If
 * TLS may be the reason, it takes two seconds more.
 *
 * @throws the reason of `signal`, if it was aborted.
 */
export async function tryLogin(
  address: Address,
  credential: Credential,
  options: ConnectOptions,
): Promise<LoginResult> {
  const timeoutSignal = AbortSignal.timeout(options.timeout);
  const signal =
    options.signal === undefined ? timeoutSignal : AbortSignal.any([options.signal, timeoutSignal]);
  try {
    await using client = await openClient(address, credential, { ...options, signal });
    await ping(client);
    return {
      kind: 'ok',
      standby: client.isReplica,
      // Redis has no other method.
      by: 'password',
      ...(client.isUnproven && { unproven: true }),
      ...(client.mode === 'cluster' && { cluster: true }),
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    const result = timeoutSignal.aborted ? ({ kind: 'timeout' } as const) : loginResultOf(error);
    const timeout = Math.min(options.timeout, EXPLAIN_TIMEOUT_MS);
    return explainTls(address, result, { ...options, timeout });
  }
}

/** A user without the right to PING has logged in too. Only the state of the server is a fault. */
async function ping(client: Connection): Promise<void> {
  try {
    await client.send('PING');
  } catch (error) {
    if (!(error instanceof CommandFailure) || loginFaultOf(error) === 'starting-up') throw error;
  }
}

/**
 * Logs in. The first HELLO, before the password, shows whether the server asks for one. It also shows a Sentinel, which
 * must not get the password.
 *
 * @throws LoginFailure, CommandFailure, or the reason of `signal` if it was aborted.
 */
export async function openClient(
  address: Address,
  { role, password }: Credential,
  options: ConnectOptions,
): Promise<LoggedIn> {
  const connection = await openConnection(address, options);
  try {
    const stranger = await connection.send('HELLO', '2').then(helloOf, (error) => {
      if (error instanceof CommandFailure && error.code === 'NOAUTH') return undefined;
      throw error instanceof CommandFailure && error.code === 'ERR' ? unknownCommand(error) : error;
    });
    await connection.send('AUTH', role, secretWord(Buffer.from(password.reveal(), 'base64')));
    const hello = helloOf(await connection.send('HELLO', '2'));
    return { ...connection, ...hello, isUnproven: role === 'default' && stranger !== undefined };
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Redis has HELLO since version 6, and users too. */
const unknownCommand = (error: CommandFailure): Error =>
  error.isFull ? error : new LoginFailure('not-redis');

function helloOf(reply: Reply): Hello {
  const words = Array.isArray(reply) ? reply : [];
  const wordAfter = (name: string): Reply | undefined =>
    words.find((_, at) => at % 2 === 1 && words[at - 1] === name);
  const mode = wordAfter('mode');
  if (mode !== 'standalone' && mode !== 'cluster' && mode !== 'sentinel') throw new LoginFailure('not-redis');
  if (mode === 'sentinel') throw new LoginFailure('sentinel');
  return { mode, isReplica: wordAfter('role') !== 'master' };
}

/** The fault of a failure. Throws an error that comes neither from a login nor from a command. */
function loginResultOf(error: unknown): LoginResult {
  if (error instanceof CommandFailure) return { kind: loginFaultOf(error) } as LoginResult;
  if (!(error instanceof LoginFailure)) throw error;
  return error.fault === 'tls'
    ? { kind: 'tls', why: error.tlsFault }
    : ({ kind: error.fault } as LoginResult);
}

const loginFaultOf = ({ code, isFull }: CommandFailure): LoginFault =>
  isFull ? 'too-many-connections' : (FAULT_BY_CODE[code] ?? 'other');

const FAULT_BY_CODE: Readonly<Record<string, LoginFault>> = {
  WRONGPASS: 'password-refused',
  LOADING: 'starting-up',
  MASTERDOWN: 'starting-up',
  BUSY: 'starting-up',
};

/**
 * A server that waits for the other of TLS and plain text says nothing, or closes the connection. Another attempt,
 * without a password, shows which of the two it speaks.
 */
async function explainTls(
  address: Address,
  result: LoginResult,
  options: ConnectOptions,
): Promise<LoginResult> {
  const isUnclear =
    ['timeout', 'cut', 'not-redis'].includes(result.kind) ||
    (result.kind === 'tls' && result.why === 'handshake');
  if (!isUnclear) return result;
  const isPlain = address.tls.mode === 'disable';
  const mode = isPlain ? 'require' : 'disable';
  try {
    await using connection = await openConnection({ ...address, tls: { mode } }, options);
    await connection.send('HELLO', '2');
  } catch (error) {
    if (!(error instanceof CommandFailure)) return result;
  }
  return { kind: 'tls', why: isPlain ? 'wanted' : 'absent' };
}
