import { escapeIdentifier, escapeLiteral } from 'pg';
import { LockstepError } from '../../errors/errors.ts';
import { requireRoleName, type Session } from './session.ts';

/** The class of lockstep's advisory locks: `lock` in ASCII. */
const ADVISORY_LOCK_ID = 0x6c6f636b;

export interface RoleComment {
  readonly oid: string;
  readonly text: string | undefined;
  /** Writes the comment if it differs. */
  readonly change: (text: string | undefined) => Promise<void>;
}

/**
 * Any role that may connect to the database can hold an advisory lock of any number. A holder that could change this
 * role counts as another lockstep at work. A lock of any other role blocks nothing.
 */
const LOCK_HOLDER_QUERY = `
  SELECT EXISTS (
    SELECT FROM pg_catalog.pg_locks l
      JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
       AND l.classid = $1::int8::oid AND l.objid = (hashtext($2)::int8 & 4294967295)::oid
       AND (r.rolsuper OR r.rolcreaterole OR r.rolname IN ($2, session_user))) AS counts`;

/**
 * Until the end of the transaction no other lockstep changes this role. An advisory lock ensures that for connections
 * to the same database.
 *
 * If another role holds that lock, or across databases, COMMENT keeps two locksteps apart: it locks the role, a shared
 * object. An ALTER ROLE of another client in between makes one of the two fail, with `tuple concurrently updated`.
 */
export async function lockRole(session: Session, action: string, role: string): Promise<RoleComment> {
  const quoted = escapeIdentifier(requireRoleName(session.serverLabel, role));
  const lock = await session.row(
    action,
    'SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS ours',
    { ours: 'bool' },
    [ADVISORY_LOCK_ID, role],
  );
  if (lock?.ours !== true) {
    const holder = await session.row(action, LOCK_HOLDER_QUERY, { counts: 'bool' }, [ADVISORY_LOCK_ID, role]);
    if (holder?.counts !== false)
      throw new LockstepError('POSTGRES_CONCURRENT_CHANGE', [session.serverLabel, action]);
  }
  const found = await session.row(
    action,
    `SELECT oid::text AS oid, shobj_description(oid, 'pg_authid') AS comment FROM pg_catalog.pg_roles WHERE rolname = $1`,
    { oid: 'id', comment: 'text?' },
    [role],
  );
  if (found === undefined)
    throw new LockstepError('POSTGRES_REFUSED', [
      session.serverLabel,
      `there is no ${session.describeRole(role)}`,
    ]);
  session.pin(role, found.oid);
  const text = found.comment ?? undefined;
  return {
    oid: found.oid,
    text,
    change: async (next) => {
      if (next === text) return;
      const literal = next === undefined ? 'NULL' : escapeLiteral(next);
      await session.change(action, role, `COMMENT ON ROLE ${quoted} IS ${literal}`);
    },
  };
}
