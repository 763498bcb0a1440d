import {
  LEASED_ROLE_PATTERN,
  OPERATOR_ROLES,
  otherManagerOnServer,
  type ServerTraces,
} from '../../engine/server/operators-on-server.ts';
import type { OtherManager } from '../../engine/server/other-managers.ts';
import type { Session } from './session.ts';

const TRACES_QUERY = `
  SELECT ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($2)) AS "operatorRoles",
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname ~ $3 AND rolvaliduntil IS NOT NULL) AS "hasLeases",
    EXISTS (SELECT FROM pg_catalog.pg_database WHERE datdba = r.oid) AS "ownsDatabase",
    r.rolvaliduntil IS NOT NULL AS expires
  FROM pg_catalog.pg_roles r WHERE r.rolname = $1`;

/** The other tools that set the password of a role, as far as the server shows it. Every role may read that. */
export async function detectOtherManager(session: Session, role: string): Promise<OtherManager | undefined> {
  const action = `looking who else changes ${session.describeRole(role)}`;
  const [traces] = await session.rows<ServerTraces>(action, TRACES_QUERY, [
    role,
    OPERATOR_ROLES,
    LEASED_ROLE_PATTERN,
  ]);
  return traces && otherManagerOnServer(role, traces);
}
