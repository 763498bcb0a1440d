import {
  LEASED,
  otherOnServer,
  type ServerTraces,
  TELLTALES,
} from '../../engine/server/operators-on-server.ts';
import type { OtherWriter } from '../../engine/server/other-managers.ts';
import type { Session } from './session.ts';

const TRACES = `
  SELECT ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($2)) AS telltales,
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname ~ $3 AND rolvaliduntil IS NOT NULL) AS "hasLeases",
    EXISTS (SELECT FROM pg_catalog.pg_database WHERE datdba = r.oid) AS "ownsDatabase",
    r.rolvaliduntil IS NOT NULL AS expires
  FROM pg_catalog.pg_roles r WHERE r.rolname = $1`;

/** Who else sets the password of a role, as far as the server shows it; everybody may see that. */
export async function otherWriter(session: Session, role: string): Promise<OtherWriter | undefined> {
  const doing = `looking who else changes ${session.called(role)}`;
  const [traces] = await session.rows<ServerTraces>(doing, TRACES, [role, TELLTALES, LEASED]);
  return traces && otherOnServer(role, traces);
}
