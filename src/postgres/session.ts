import { LockstepError } from '../errors.ts';
import type { Client } from './client.ts';
import { type Ending, failure, isLoss } from './failure.ts';

export interface SessionOptions {
  /** `host:port`, as it is told. */
  readonly where: string;
  readonly as: 'admin' | 'self';
  /**
   * So long the server waits for the next statement of a transaction, and then ends it: one whose connection was lost on the way holds its locks no
   * longer, and is not committed later. Milliseconds.
   */
  readonly timeout: number;
}

/** One connection, spoken to in order, whose failures are told in lockstep's words. */
export interface Session {
  readonly where: string;
  /** `doing` completes "while …" of an error: `reading role app`. */
  readonly rows: <Row>(doing: string, sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** All of it or nothing. Only the loss of the answer to its COMMIT leaves open which. */
  readonly transact: (doing: string, work: () => Promise<void>) => Promise<void>;
}

/** Another one's lock on the role is waited for this long; it is the time that an ALTER ROLE takes. Milliseconds. */
const LOCK_MS = 2000;

export function sessionOf(client: Client, { where, as, timeout }: SessionOptions): Session {
  /** What went wrong with the connection: it is not spoken to again. */
  let gone: LockstepError | undefined;

  async function ask(doing: string, sql: string, values: readonly unknown[], ending: Ending) {
    if (gone !== undefined)
      throw new LockstepError('POSTGRES_CUT', [where, doing, 'it was lost before'], gone);
    try {
      return await client.query(sql, values);
    } catch (error) {
      const told = failure(error, { where, doing, ending });
      if (isLoss(told)) gone = told;
      throw told;
    }
  }

  /** It writes whatever the default of its role is, as the role that has logged in, and is on the server's disk once it is committed. */
  async function begin(doing: string): Promise<void> {
    await ask(doing, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', [], 'nothing');
    if (as === 'self') await ask(doing, 'SET LOCAL ROLE NONE', [], 'nothing');
    const lock = Math.min(LOCK_MS, Math.ceil(timeout / 2));
    await ask(doing, SETTINGS, [String(lock), String(timeout)], 'nothing');
  }

  async function transact(doing: string, work: () => Promise<void>): Promise<void> {
    try {
      await begin(doing);
      await work();
    } catch (error) {
      if (gone === undefined) await ask(doing, 'ROLLBACK', [], 'nothing').catch(() => {});
      throw error;
    }
    await ask(doing, 'COMMIT', [], 'unknown');
  }

  return {
    where,
    rows: async <Row>(doing: string, sql: string, values: readonly unknown[] = []) =>
      (await ask(doing, sql, values, 'nothing')) as readonly Row[],
    transact,
  };
}

/** `synchronous_commit` may be off for this role: then a crash of the server takes back what it said was committed. */
const SETTINGS = `
  SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $2, true),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', true) END`;

/** NUL ends a statement in the protocol, and is in no name of PostgreSQL. */
export function speakable(where: string, name: string): string {
  if (name === '' || name.includes('\0'))
    throw new LockstepError('POSTGRES_REFUSED', [where, 'no role has such a name']);
  return name;
}
