import type { ServerFacts } from '../../engine/login/postgres/role-server.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { Session } from './session.ts';

const SERVER_COLUMNS = { version: 'int', standby: 'bool', walFile: 'text?', maySeeControl: 'bool' } as const;

/**
 * On a primary, the timeline is the one that it writes. pg_control has that of the last checkpoint, which may be
 * minutes old after a promotion. Every role may read all of this, unless the right was revoked.
 */
const SERVER_QUERY = `
  SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
    CASE WHEN NOT pg_is_in_recovery() AND has_function_privilege('pg_current_wal_lsn()', 'EXECUTE') AND has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE')
      THEN pg_walfile_name(pg_current_wal_lsn()) END AS "walFile",
    has_function_privilege('pg_control_system()', 'EXECUTE') AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
      AND has_function_privilege('pg_control_recovery()', 'EXECUTE') AS "maySeeControl"`;

/** A standby follows a promoted primary before its next restartpoint. */
const CONTROL_QUERY = `
  SELECT system_identifier::text AS system, greatest(timeline_id, min_recovery_end_timeline) AS timeline
    FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()`;

export async function serverFacts(session: Session): Promise<ServerFacts> {
  const action = 'asking which server it is';
  const row = await session.row(action, SERVER_QUERY, SERVER_COLUMNS);
  if (row === undefined)
    throw new LockstepError('POSTGRES_CONNECTION_FAILURE', [session.serverLabel, action, 'no answer']);
  const control = row.maySeeControl
    ? await session.row(action, CONTROL_QUERY, { system: 'id', timeline: 'int' })
    : undefined;
  const { version, standby } = row;
  return {
    version,
    standby,
    system: control?.system,
    timeline: timelineOf(row.walFile) ?? control?.timeline,
  };
}

/** The name of a WAL file has its timeline as eight hex digits, and then its position. */
const timelineOf = (walFile: string | null): number | undefined =>
  walFile !== null && /^[0-9A-F]{24}$/.test(walFile) ? Number.parseInt(walFile.slice(0, 8), 16) : undefined;
