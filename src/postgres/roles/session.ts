import { roleNotAllowed } from '../../engine/credential/change/allowed-roles.ts';
import { LockstepError } from '../../errors.ts';
import type { Client } from '../protocol/client.ts';
import { isConnectionLost, postgresError, type UnansweredEffect } from './failure.ts';

export interface SessionOptions {
  /** `host:port`, as it is told. */
  readonly serverLabel: string;
  readonly as: 'admin' | 'self';
  /**
   * So long the server waits for the next statement of a transaction, and then ends it: one whose connection was lost on the way holds its locks no
   * longer, and is not committed later. Milliseconds.
   */
  readonly timeout: number;
  /** The roles that this connection may change. A statement about any other role is refused before it is sent. */
  readonly mayChange: readonly string[];
  /** The name of the role in messages. Absent: by its name. */
  readonly describeRole?: ((role: string) => string) | undefined;
}

/** One connection, spoken to in order, whose failures are told in lockstep's words. */
export interface Session {
  readonly serverLabel: string;
  /** `doing` completes "while …" of an error: `reading role app`. */
  readonly rows: <Row>(doing: string, sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** `role app`, for messages. */
  readonly describeRole: (role: string) => string;
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
const LOCK_TIMEOUT_MS = 2000;

export function sessionOf(
  client: Client,
  { serverLabel, as, timeout: timeoutMs, mayChange, describeRole = (role) => `role ${role}` }: SessionOptions,
): Session {
  /** The oid of each role that the transaction under way changes, by name. */
  const changedRoles = new Map<string, string | undefined>();
  let isInTransaction = false;
  /** What went wrong with the connection: it is not spoken to again. */
  let connectionError: LockstepError | undefined;

  async function query(doing: string, sql: string, values: readonly unknown[], unanswered: UnansweredEffect) {
    if (connectionError !== undefined)
      throw new LockstepError(
        'POSTGRES_CONNECTION_FAILURE',
        [serverLabel, doing, 'it was lost before'],
        connectionError,
      );
    try {
      return await client.query(sql, values);
    } catch (error) {
      const queryError = postgresError(error, { server: serverLabel, action: doing, unanswered });
      if (isConnectionLost(queryError)) connectionError = queryError;
      throw queryError;
    }
  }

  /** It writes whatever the default of its role is, as the role that has logged in, and is on the server's disk once it is committed. */
  async function begin(doing: string): Promise<void> {
    await query(doing, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', [], 'nothing');
    if (as === 'self') await query(doing, 'SET LOCAL ROLE NONE', [], 'nothing');
    const lockTimeoutMs = Math.min(LOCK_TIMEOUT_MS, Math.ceil(timeoutMs / 2));
    await query(doing, TRANSACTION_SETTINGS, [String(lockTimeoutMs), String(timeoutMs)], 'nothing');
  }

  async function transact(doing: string, work: () => Promise<void>): Promise<void> {
    changedRoles.clear();
    isInTransaction = true;
    try {
      await begin(doing);
      await work();
      await requireSameRoles(doing);
    } catch (error) {
      if (connectionError === undefined) await query(doing, 'ROLLBACK', [], 'nothing').catch(() => {});
      throw error;
    } finally {
      isInTransaction = false;
    }
    await query(doing, 'COMMIT', [], 'unknown');
  }

  async function oidOf(doing: string, role: string): Promise<string | undefined> {
    const [row] = await query(doing, OID_QUERY, [role], 'nothing');
    return (row as { oid: string } | undefined)?.oid;
  }

  /** A role that was altered is locked by this transaction: whoever has renamed it in between has done so before. */
  async function requireSameRoles(doing: string): Promise<void> {
    for (const [role, oid] of changedRoles)
      if (oid !== undefined && (await oidOf(doing, role)) !== oid)
        throw new LockstepError('POSTGRES_CONCURRENT_CHANGE', [serverLabel, doing]);
  }

  function requireChangeable(...roles: readonly string[]): void {
    const disallowed = roles.find((role) => !mayChange.includes(role));
    if (disallowed === undefined) return;
    throw new LockstepError('POSTGRES_REFUSED', [serverLabel, roleNotAllowed(describeRole(disallowed))]);
  }

  async function change(doing: string, role: string, sql: string): Promise<void> {
    requireChangeable(role);
    if (isInTransaction && changedRoles.get(role) === undefined)
      changedRoles.set(role, await oidOf(doing, role));
    await query(doing, sql, [], 'nothing');
  }

  return {
    serverLabel,
    describeRole,
    rows: async <Row>(doing: string, sql: string, values: readonly unknown[] = []) => {
      if (!READ_STATEMENT.test(sql))
        throw new Error('a statement that changes something goes through change');
      return (await query(doing, sql, values, 'nothing')) as readonly Row[];
    },
    requireChangeable,
    change,
    pin: (role, oid) => void changedRoles.set(role, oid),
    transact,
  };
}

/** `synchronous_commit` may be off for this role: then a crash of the server takes back what it said was committed. */
const TRANSACTION_SETTINGS = `
  SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $2, true),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', true) END`;

const OID_QUERY = 'SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = $1';

const READ_STATEMENT = /^\s*(?:SELECT|SET)\b/;

/** NUL ends a statement in the protocol, and is in no name of PostgreSQL. */
export function requireRoleName(serverLabel: string, name: string): string {
  if (name === '' || name.includes('\0'))
    throw new LockstepError('POSTGRES_REFUSED', [serverLabel, 'no role has such a name']);
  return name;
}
