import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Credential } from '../../engine/record/credential.ts';
import type { AuthMethod, ServerTarget } from '../../engine/server/target.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { LoginFailure } from './login-failure.ts';
import { ReplayStream } from './replay-stream.ts';
import { StatementFailure } from './statement-failure.ts';

export type QueryRow = Readonly<Record<string, unknown>>;

/** An open login for several statements. */
export interface Client extends AsyncDisposable {
  /** The server asked for the password. A server that trusts each client does not. */
  readonly askedForPassword: boolean;
  /** The method that proved the password. */
  readonly authMethod: AuthMethod | undefined;
  /**
   * Returns the rows of a statement. With values, it is a prepared statement.
   *
   * @throws StatementFailure. `isUnanswered` if no answer arrived within the timeout, which ends the session.
   */
  query(text: string, values?: readonly unknown[]): Promise<readonly QueryRow[]>;
}

/** The limit for the Terminate message. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * Logs in, and keeps the session open. `timeout` applies to the login and to each statement. An aborted `signal` ends
 * the session with its running statement.
 *
 * @throws LoginFailure; the reason of `signal` if it was aborted.
 */
export async function openClient(
  target: ServerTarget,
  credential: Credential,
  options: ConnectOptions,
): Promise<Client> {
  const connection = await connect(target, credential, options);
  const stream = new ReplayStream(connection);
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
    askedForPassword: connection.startup.authMethod !== undefined,
    authMethod: connection.startup.authMethod,
    query: async (text, values) => {
      try {
        const result = await client.query(text, values === undefined ? undefined : [...values]);
        return result.rows;
      } catch (error) {
        const failure = StatementFailure.of(error);
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
