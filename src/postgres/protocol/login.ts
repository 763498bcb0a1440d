import { LoginFailure } from '../../dial/login-failure.ts';
import type { LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { type Client, openClient } from './client.ts';
import type { ConnectOptions } from './connect.ts';
import { StatementFailure } from './statement-failure.ts';

/**
 * Logs in like an application, runs one query, and disconnects. Resolves within the timeout, whatever program answers.
 *
 * @throws the reason of `signal`, if it was aborted.
 */
export async function tryLogin(
  target: ServerTarget,
  credential: Credential,
  { timeout: timeoutMs, signal, networks }: ConnectOptions,
): Promise<LoginResult> {
  const timeoutSignal = AbortSignal.timeout(timeoutMs);
  const stopSignal = signal === undefined ? timeoutSignal : AbortSignal.any([signal, timeoutSignal]);
  try {
    await using client = await openClient(target, credential, {
      timeout: timeoutMs,
      signal: stopSignal,
      networks,
    });
    return await queryState(client);
  } catch (error) {
    signal?.throwIfAborted();
    return timeoutSignal.aborted ? { kind: 'timeout' } : loginResultOf(error);
  }
}

/** The query is part of the login, because a pooler that accepts a client connects to its server only now. */
async function queryState(client: Client): Promise<LoginResult> {
  const details = {
    ...(!client.askedForPassword && { unproven: true as const }),
    ...((client.authMethod === 'md5' || client.authMethod === 'password') && { by: client.authMethod }),
  };
  try {
    const [row] = await client.query('SELECT pg_catalog.pg_is_in_recovery() AS standby', { standby: 'bool' });
    return { kind: 'ok', standby: row?.standby === true, ...details };
  } catch (error) {
    // The server answered that it has no such function: it only resembles PostgreSQL.
    if (
      error instanceof StatementFailure &&
      !error.isUnanswered &&
      !CONNECTION_SQLSTATE.test(error.sqlstate ?? '')
    )
      return { kind: 'ok', standby: false, ...details };
    throw error;
  }
}

/** The classes of SQLSTATE about a connection: 08, 28, 3D, 53, 57. */
const CONNECTION_SQLSTATE = /^(08|28|3D|53|57)/;

/** The fault of a failure. Throws an error that comes neither from a login nor from its statement. */
export function loginResultOf(error: unknown): LoginResult {
  const isFailure = error instanceof LoginFailure || error instanceof StatementFailure;
  if (!isFailure) throw error;
  const kind = error.fault;
  if (kind === 'weak-method') return { kind, weak: error instanceof LoginFailure ? error.weak : undefined };
  if (kind === 'tls')
    return { kind, why: error instanceof LoginFailure ? (error.tlsFault ?? 'wanted') : 'wanted' };
  if (kind !== 'no-database' && kind !== 'no-connect-right') return { kind };
  return error instanceof LoginFailure && error.isAuthenticated ? { kind } : { kind, unproven: true };
}
