import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Credential } from '../../engine/record/credential.ts';
import type { AuthMethod, ServerTarget } from '../../engine/server/target.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { LoginFailure } from './login-failure.ts';
import { ReplayStream } from './replay-stream.ts';
import { StatementFailure } from './statement-failure.ts';

export type QueryRow = Readonly<Record<string, unknown>>;

/** A login that is kept open, for one statement after the other. */
export interface Client extends AsyncDisposable {
  /** The server asked for the password; one that trusts everybody does not. */
  readonly askedForPassword: boolean;
  /** How the password was proven. */
  readonly authMethod: AuthMethod | undefined;
  /**
   * Rows of a statement; with values, it is a prepared one.
   *
   * @throws StatementFailure, `isUnanswered` where no answer came within the timeout: then the session is over.
   */
  query(text: string, values?: readonly unknown[]): Promise<readonly QueryRow[]>;
}

/** How long a goodbye may take. */
const CLOSE_TIMEOUT_MS = 500;

/**
 * Logs in, and stays. `timeout` is also that of each statement; a `signal` that is aborted ends the session, and what runs in it is lost.
 *
 * @throws LoginFailure; the reason of `signal` where that was aborted.
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
    // Functions and false keep pg from the environment and from files; nobody calls this one.
    password: () => '',
    ssl: false,
    sslnegotiation: 'postgres',
    query_timeout: options.timeout,
  } as pg.ClientConfig);
  // A connection that breaks while nothing runs on it: the next statement says so.
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
