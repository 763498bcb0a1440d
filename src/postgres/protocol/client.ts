import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LoginFailure } from '../../dial/login-failure.ts';
import type { AuthMethod, ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';
import { AnswerGuard } from './answer-guard.ts';
import { type Columns, type RowOf, rowOf } from './columns.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { ReplayStream } from './replay-stream.ts';
import { StatementFailure } from './statement-failure.ts';

export interface QueryOptions {
  /** With values, the statement is prepared. */
  readonly values?: readonly unknown[] | undefined;
  /** More rows end the session. Default: 1. */
  readonly maxRows?: number | undefined;
}

/** An open login for several statements. */
export interface Client extends AsyncDisposable {
  /** The server asked for the password. A server that trusts each client does not. */
  readonly askedForPassword: boolean;
  /** The method that proved the password. */
  readonly authMethod: AuthMethod | undefined;
  /**
   * Returns the rows of a statement, which must have exactly these columns.
   *
   * @throws StatementFailure. `isUnanswered` if no valid answer arrived within the timeout, which ends the session.
   */
  query<Shape extends Columns>(
    text: string,
    columns: Shape,
    options?: QueryOptions,
  ): Promise<readonly RowOf<Shape>[]>;
}

/** The limit of a session, as a multiple of the limit of one statement. A server may answer each one late. */
const MAX_SESSION_TIMEOUTS = 10;

/** The limit for the Terminate message. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * Logs in, and keeps the session open. `timeout` applies to the login and to each statement, and ten times it to the
 * session. An aborted `signal` ends the session with its running statement.
 *
 * @throws LoginFailure; the reason of `signal` if it was aborted.
 */
export async function openClient(
  target: ServerTarget,
  credential: Credential,
  options: ConnectOptions,
): Promise<Client> {
  const connection = await connect(target, credential, options);
  const guard = new AnswerGuard();
  const sessionTimeout = AbortSignal.timeout(MAX_SESSION_TIMEOUTS * options.timeout);
  const stream = new ReplayStream(connection.stream, guard, sessionTimeout);
  const client = new pg.Client({
    stream: () => stream,
    host: target.host,
    port: target.port,
    user: credential.role,
    database: target.database,
    // Functions and false keep pg from the environment and from files. Nothing calls this function.
    password: () => '',
    ssl: false,
    sslnegotiation: 'postgres',
    query_timeout: options.timeout,
    types: { getTypeParser: () => String },
  } as pg.ClientConfig);
  // If an idle connection breaks, the next statement reports it.
  client.on('error', () => {});
  const destroyStream = () => stream.destroy();
  options.signal?.addEventListener('abort', destroyStream);
  try {
    await client.connect();
  } catch {
    destroyStream();
    options.signal?.removeEventListener('abort', destroyStream);
    options.signal?.throwIfAborted();
    throw new LoginFailure('cut');
  }

  return {
    askedForPassword: connection.authMethod !== undefined,
    authMethod: connection.authMethod,
    query: async (text, columns, { values = [], maxRows = 1 } = {}) => {
      try {
        guard.expect({ isPrepared: values.length > 0, columns, maxRows });
        const result = await client.query({ text, values: [...values], rowMode: 'array' });
        return result.rows.map((row) => rowOf(columns, row));
      } catch (error) {
        const failure = StatementFailure.of(error, stream.errored);
        if (failure.isUnanswered) destroyStream();
        throw failure;
      }
    },
    [Symbol.asyncDispose]: async () => {
      options.signal?.removeEventListener('abort', destroyStream);
      const sleepAbort = new AbortController();
      await Promise.race([
        client.end().catch(() => {}),
        sleep(CLOSE_TIMEOUT_MS, undefined, { signal: sleepAbort.signal }).catch(() => {}),
      ]);
      sleepAbort.abort();
      destroyStream();
    },
  };
}
