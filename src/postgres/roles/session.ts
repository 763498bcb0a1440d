import { notAllowed } from '../../engine/credential/change/allowed-roles.ts';
import { LockstepError } from '../../errors.ts';
import type { Client } from '../protocol/client.ts';
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
  /** The roles that this connection may change. A statement about any other role is refused before it is sent. */
  readonly mayChange: readonly string[];
  /** The name of the role in messages. Absent: by its name. */
  readonly called?: ((role: string) => string) | undefined;
}

/** One connection, spoken to in order, whose failures are told in lockstep's words. */
export interface Session {
  readonly where: string;
  /** `doing` completes "while …" of an error: `reading role app`. */
  readonly rows: <Row>(doing: string, sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** `role app`, for messages. */
  readonly called: (role: string) => string;
  /** Throws POSTGRES_REFUSED where this connection may not change one of these roles. Nothing is sent. */
  readonly requireChangeable: (...roles: readonly string[]) => void;
  /**
   * The one way to send a statement that changes a role, its memberships or what it owns. In a transaction the name must stand for the same role
   * from the first statement about it to the COMMIT.
   */
  readonly change: (doing: string, role: string, sql: string) => Promise<void>;
  /** To the COMMIT this name must stand for the role with this oid. */
  readonly pin: (role: string, oid: string) => void;
  /** All of it or nothing. Only the loss of the answer to its COMMIT leaves open which. */
  readonly transact: (doing: string, work: () => Promise<void>) => Promise<void>;
}

/** Another one's lock on the role is waited for this long; it is the time that an ALTER ROLE takes. Milliseconds. */
const LOCK_MS = 2000;

export function sessionOf(
  client: Client,
  { where, as, timeout, mayChange, called = (role) => `role ${role}` }: SessionOptions,
): Session {
  /** The oid of each role that the transaction under way changes, by name. */
  const changed = new Map<string, string | undefined>();
  let isInTransaction = false;
  /** What went wrong with the connection: it is not spoken to again. */
  let gone: LockstepError | undefined;

  async function ask(doing: string, sql: string, values: readonly unknown[], ending: Ending) {
    if (gone !== undefined)
      throw new LockstepError('POSTGRES_CONNECTION_FAILURE', [where, doing, 'it was lost before'], gone);
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
    changed.clear();
    isInTransaction = true;
    try {
      await begin(doing);
      await work();
      await requireSameRoles(doing);
    } catch (error) {
      if (gone === undefined) await ask(doing, 'ROLLBACK', [], 'nothing').catch(() => {});
      throw error;
    } finally {
      isInTransaction = false;
    }
    await ask(doing, 'COMMIT', [], 'unknown');
  }

  async function oidOf(doing: string, role: string): Promise<string | undefined> {
    const [row] = await ask(doing, OID, [role], 'nothing');
    return (row as { oid: string } | undefined)?.oid;
  }

  /** A role that was altered is locked by this transaction: whoever has renamed it in between has done so before. */
  async function requireSameRoles(doing: string): Promise<void> {
    for (const [role, oid] of changed)
      if (oid !== undefined && (await oidOf(doing, role)) !== oid)
        throw new LockstepError('POSTGRES_CONCURRENT_CHANGE', [where, doing]);
  }

  function requireChangeable(...roles: readonly string[]): void {
    const stranger = roles.find((role) => !mayChange.includes(role));
    if (stranger === undefined) return;
    throw new LockstepError('POSTGRES_REFUSED', [where, notAllowed(called(stranger))]);
  }

  async function change(doing: string, role: string, sql: string): Promise<void> {
    requireChangeable(role);
    if (isInTransaction && changed.get(role) === undefined) changed.set(role, await oidOf(doing, role));
    await ask(doing, sql, [], 'nothing');
  }

  return {
    where,
    called,
    rows: async <Row>(doing: string, sql: string, values: readonly unknown[] = []) => {
      if (!READS.test(sql)) throw new Error('a statement that changes something goes through change');
      return (await ask(doing, sql, values, 'nothing')) as readonly Row[];
    },
    requireChangeable,
    change,
    pin: (role, oid) => void changed.set(role, oid),
    transact,
  };
}

/** `synchronous_commit` may be off for this role: then a crash of the server takes back what it said was committed. */
const SETTINGS = `
  SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $2, true),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', true) END`;

const OID = 'SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = $1';

const READS = /^\s*(?:SELECT|SET)\b/;

/** NUL ends a statement in the protocol, and is in no name of PostgreSQL. */
export function speakable(where: string, name: string): string {
  if (name === '' || name.includes('\0'))
    throw new LockstepError('POSTGRES_REFUSED', [where, 'no role has such a name']);
  return name;
}
