import { roleNotAllowed } from '../../engine/login/change/allowed-roles.ts';
import { POSTGRES } from '../../engine/login/server-kinds/postgres.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Client, QueryOptions } from '../protocol/client.ts';
import { type Columns, NO_COLUMNS, type RowOf } from '../protocol/columns.ts';
import { isConnectionLost, postgresError, type UnansweredEffect } from './failure.ts';

export interface SessionOptions {
  /** `host:port`, for messages. */
  readonly serverLabel: string;
  readonly as: 'admin' | 'self';
  /**
   * The server ends a transaction that waits for its next statement for this time. So after a lost connection, the
   * transaction holds no locks and is not committed later.
   */
  readonly timeout: number;
  /** The roles that this connection may change. A statement about any other role is refused before it is sent. */
  readonly mayChange: readonly string[];
  /** Names a role in messages. Default: `role NAME`. */
  readonly describeRole?: ((role: string) => string) | undefined;
}

/** One connection that runs statements in order. Its failures are LockstepErrors. */
export interface Session {
  readonly serverLabel: string;
  /** Runs a query for at most one row. `doing` completes "while …" of an error: `reading role app`. */
  readonly row: <Shape extends Columns>(
    doing: string,
    sql: string,
    columns: Shape,
    values?: readonly unknown[],
  ) => Promise<RowOf<Shape> | undefined>;
  /** Runs a query for at most 1,000 rows. */
  readonly rows: <Shape extends Columns>(
    doing: string,
    sql: string,
    columns: Shape,
    values?: readonly unknown[],
  ) => Promise<readonly RowOf<Shape>[]>;
  /** `role app`, for messages. */
  readonly describeRole: (role: string) => string;
  /** Throws POSTGRES_REFUSED if this connection may not change one of these roles. It sends nothing. */
  readonly requireChangeable: (...roles: readonly string[]) => void;
  /**
   * Sends a statement that changes a role, its memberships or its objects. No other function may send one. In a
   * transaction, the name must refer to the same role from its first statement to the COMMIT.
   */
  readonly change: (doing: string, role: string, sql: string) => Promise<void>;
  /** Until the COMMIT, this name must refer to the role with this oid. */
  readonly pin: (role: string, oid: string) => void;
  /** Runs all statements or none. Only a lost answer to the COMMIT leaves the result unknown. */
  readonly transact: (doing: string, work: () => Promise<void>) => Promise<void>;
}

/** A server with as many databases, each with settings of its own. */
const MAX_ROWS = 1000;

/** The limit for the wait on another lock of the role. An ALTER ROLE takes this time. */
const LOCK_TIMEOUT_MS = 2000;

export function sessionOf(
  client: Client,
  { serverLabel, as, timeout: timeoutMs, mayChange, describeRole = (role) => `role ${role}` }: SessionOptions,
): Session {
  /** The oid of each role that the current transaction changes, by name. */
  const changedRoles = new Map<string, string | undefined>();
  let isInTransaction = false;
  /** The error that ended the connection. No statement is sent after it. */
  let connectionError: LockstepError | undefined;

  async function query<Shape extends Columns>(
    doing: string,
    sql: string,
    columns: Shape,
    { unanswered = 'nothing', ...options }: QueryOptions & { readonly unanswered?: UnansweredEffect } = {},
  ): Promise<readonly RowOf<Shape>[]> {
    if (connectionError !== undefined)
      throw new LockstepError(
        'POSTGRES_CONNECTION_FAILURE',
        [serverLabel, doing, 'it was lost before'],
        connectionError,
      );
    try {
      return await client.query(sql, columns, options);
    } catch (error) {
      const queryError = postgresError(error, { server: serverLabel, action: doing, unanswered });
      if (isConnectionLost(queryError)) connectionError = queryError;
      throw queryError;
    }
  }

  /**
   * Starts a transaction that can write, whatever the defaults of the role are. It runs as the role that has logged in,
   * and a commit is on the server's disk.
   */
  async function begin(doing: string): Promise<void> {
    await query(doing, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE', NO_COLUMNS);
    if (as === 'self') await query(doing, 'SET LOCAL ROLE NONE', NO_COLUMNS);
    const lockTimeoutMs = Math.min(LOCK_TIMEOUT_MS, Math.ceil(timeoutMs / 2));
    const values = [String(lockTimeoutMs), String(timeoutMs)];
    await query(
      doing,
      TRANSACTION_SETTINGS,
      { lock: 'text', statement: 'text', idle: 'text', sync: 'text?' },
      { values },
    );
  }

  async function transact(doing: string, work: () => Promise<void>): Promise<void> {
    changedRoles.clear();
    isInTransaction = true;
    try {
      await begin(doing);
      await work();
      await requireSameRoles(doing);
    } catch (error) {
      if (connectionError === undefined) await query(doing, 'ROLLBACK', NO_COLUMNS).catch(() => {});
      throw error;
    } finally {
      isInTransaction = false;
    }
    await query(doing, 'COMMIT', NO_COLUMNS, { unanswered: 'unknown' });
  }

  async function oidOf(doing: string, role: string): Promise<string | undefined> {
    const [row] = await query(doing, OID_QUERY, { oid: 'id' }, { values: [role] });
    return row?.oid;
  }

  /** An altered role is locked by this transaction. So another session can have renamed it only before that. */
  async function requireSameRoles(doing: string): Promise<void> {
    for (const [role, oid] of changedRoles)
      if (oid !== undefined && (await oidOf(doing, role)) !== oid)
        throw new LockstepError('POSTGRES_CONCURRENT_CHANGE', [serverLabel, doing]);
  }

  function requireChangeable(...roles: readonly string[]): void {
    const disallowed = roles.find((role) => !mayChange.includes(role));
    if (disallowed === undefined) return;
    throw new LockstepError('POSTGRES_REFUSED', [
      serverLabel,
      roleNotAllowed(describeRole(disallowed), POSTGRES),
    ]);
  }

  async function change(doing: string, role: string, sql: string): Promise<void> {
    requireChangeable(role);
    if (isInTransaction && changedRoles.get(role) === undefined)
      changedRoles.set(role, await oidOf(doing, role));
    await query(doing, sql, NO_COLUMNS);
  }

  return {
    serverLabel,
    describeRole,
    row: async (doing, sql, columns, values) => {
      requireReadStatement(sql);
      const [row] = await query(doing, sql, columns, { values });
      return row;
    },
    rows: (doing, sql, columns, values) => {
      requireReadStatement(sql);
      return query(doing, sql, columns, { values, maxRows: MAX_ROWS });
    },
    requireChangeable,
    change,
    pin: (role, oid) => void changedRoles.set(role, oid),
    transact,
  };
}

/**
 * `synchronous_commit` may be off for this role. A crash of the server would then lose a commit that it has confirmed.
 */
const TRANSACTION_SETTINGS = `
  SELECT set_config('lock_timeout', $1, true) AS lock, set_config('statement_timeout', $2, true) AS statement,
    set_config('idle_in_transaction_session_timeout', $2, true) AS idle,
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', true) END AS sync`;

const OID_QUERY = 'SELECT oid::text AS oid FROM pg_catalog.pg_roles WHERE rolname = $1';

function requireReadStatement(sql: string): void {
  if (!/^\s*(?:SELECT|SET)\b/.test(sql))
    throw new Error('a statement that changes something goes through change');
}

/** NUL ends a statement in the protocol, and no PostgreSQL name contains it. */
export function requireRoleName(serverLabel: string, name: string): string {
  if (name === '' || name.includes('\0'))
    throw new LockstepError('POSTGRES_REFUSED', [serverLabel, 'no role has such a name']);
  return name;
}
