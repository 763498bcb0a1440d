import type { LoginVerdict } from '../../engine/login/login-result.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import { type Client, openClient } from './client.ts';
import type { ConnectOptions } from './connect.ts';
import { LoginFailure } from './login-failure.ts';
import { StatementFailure } from './statement-failure.ts';

/**
 * Logs in as an application does it, asks one question, and leaves. Resolves within the timeout, whatever answers there.
 *
 * @throws the reason of `signal`, where that was aborted.
 */
export async function tryLogin(
  target: ServerTarget,
  credential: Credential,
  { timeout, signal, networks }: ConnectOptions,
): Promise<LoginVerdict> {
  const late = AbortSignal.timeout(timeout);
  const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    await using client = await openClient(target, credential, { timeout, signal: stop, networks });
    return await askState(client);
  } catch (error) {
    signal?.throwIfAborted();
    return late.aborted ? { kind: 'timeout' } : verdictOf(error);
  }
}

/** The question is part of the login: a pooler that lets somebody in goes to its server only now. */
async function askState(client: Client): Promise<LoginVerdict> {
  const how = {
    ...(!client.asked && { unproven: true as const }),
    ...((client.by === 'md5' || client.by === 'password') && { by: client.by }),
  };
  try {
    const [row] = await client.query('SELECT pg_catalog.pg_is_in_recovery() AS standby');
    return { kind: 'ok', standby: row?.standby === true, ...how };
  } catch (error) {
    // It answered, and knows no such function: it is something like PostgreSQL.
    if (error instanceof StatementFailure && !error.isLost && !IS_LOGIN.test(error.sqlstate ?? ''))
      return { kind: 'ok', standby: false, ...how };
    throw error;
  }
}

/** Classes of SQLSTATE that speak of a connection: 08, 28, 3D, 53, 57. */
const IS_LOGIN = /^(08|28|3D|53|57)/;

/** The meaning of a failure. Throws an error that is none of a login or of its statement. */
export function verdictOf(error: unknown): LoginVerdict {
  const isFailure = error instanceof LoginFailure || error instanceof StatementFailure;
  if (!isFailure) throw error;
  const kind = error.fault;
  if (kind === 'weak-method') return { kind, weak: error instanceof LoginFailure ? error.weak : undefined };
  if (kind === 'tls')
    return { kind, why: error instanceof LoginFailure ? (error.why ?? 'wanted') : 'wanted' };
  if (kind !== 'no-database' && kind !== 'no-connect-right') return { kind };
  return error instanceof LoginFailure && error.proven ? { kind } : { kind, unproven: true };
}
