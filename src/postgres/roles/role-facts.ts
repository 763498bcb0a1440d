import {
  LEASED_ROLE_PATTERN,
  OPERATOR_ROLES,
  otherManagerOnServer,
} from '../../engine/login/postgres/operators-on-server.ts';
import { markIn } from '../../engine/login/postgres/role-comment-mark.ts';
import type { RoleFacts } from '../../engine/login/postgres/role-server.ts';
import type { OtherManager } from '../../engine/secret/other-managers.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { matchesVerifier } from '../protocol/scram.ts';
import type { Session } from './session.ts';

const ROLE_COLUMNS = {
  oid: 'id',
  mayLogin: 'bool',
  isSuperuser: 'bool',
  // Seconds since 1970.
  validUntil: 'float?',
  mayAlter: 'bool',
  maySeeVerifier: 'bool',
  comment: 'text?',
  memberOf: 'texts',
  mayBecome: 'texts',
  members: 'texts',
  powers: 'texts',
  sessions: 'int',
} as const;

/**
 * Whether a role may set the password of another: AlterRole in user.c of PostgreSQL. Up to 15, any role with CREATEROLE
 * may. But only a superuser may change a role with REPLICATION, even its own password. Since 16 it also needs ADMIN
 * OPTION on the role. `-infinity` is a date long ago.
 */
const ROLE_QUERY = `
  SELECT r.oid::text AS oid, r.rolcanlogin AS "mayLogin", r.rolsuper AS "isSuperuser",
    CASE WHEN isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil)::float8 WHEN r.rolvaliduntil < now() THEN 0 END AS "validUntil",
    me.rolsuper OR NOT r.rolsuper AND CASE WHEN current_setting('server_version_num')::int < 160000
      THEN NOT r.rolreplication AND (me.oid = r.oid OR me.rolcreaterole)
      ELSE me.oid = r.oid OR me.rolcreaterole AND pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION') END AS "mayAlter",
    has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT')
      AND has_column_privilege('pg_catalog.pg_authid', 'rolname', 'SELECT') AS "maySeeVerifier",
    shobj_description(r.oid, 'pg_authid') AS comment,
    to_json(ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
      WHERE m.member = r.oid GROUP BY 1 ORDER BY 1))::text AS "memberOf",
    to_json(ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
      WHERE m.member = r.oid AND coalesce((to_jsonb(m) ->> 'set_option')::bool, true) GROUP BY 1 ORDER BY 1))::text AS "mayBecome",
    to_json(ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.member
      WHERE m.roleid = r.oid AND m.member <> me.oid GROUP BY 1 ORDER BY 1))::text AS members,
    to_json(array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
      CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL))::text AS powers,
    (SELECT count(*)::int FROM pg_catalog.pg_stat_activity WHERE usesysid = r.oid AND pid <> pg_backend_pid()) AS sessions
  FROM pg_catalog.pg_roles r, pg_catalog.pg_roles me WHERE r.rolname = $1 AND me.rolname = `;

const SESSION_ROLE = { admin: 'current_user', self: 'session_user' };

/** The latest and the earliest time in JavaScript (ECMA-262, 21.4.1.1). PostgreSQL has later ones. */
const MAX_DATE_MS = 8.64e15;

/** `self` refers to the role that has logged in, and not to the role that its default setting selects. */
export async function roleFacts(
  session: Session,
  as: 'admin' | 'self',
  name: string,
): Promise<RoleFacts | undefined> {
  if (name.includes('\0')) return undefined;
  const action = `reading ${session.describeRole(name)}`;
  const row = await session.row(action, ROLE_QUERY + SESSION_ROLE[as], ROLE_COLUMNS, [name]);
  if (row === undefined) return undefined;
  const { oid, mayLogin, isSuperuser, validUntil, mayAlter, sessions } = row;
  const { memberOf, mayBecome, members, powers } = row;
  const verifier = row.maySeeVerifier ? await verifierOf(session, name) : undefined;
  return {
    oid,
    mayLogin,
    isSuperuser,
    validUntil: validUntil === null ? undefined : dateOf(validUntil),
    hasPassword: row.maySeeVerifier ? verifier !== undefined : undefined,
    verifier: verifier === undefined ? undefined : verifierFormat(verifier),
    mayAlter,
    mark: markIn(row.comment ?? undefined),
    memberOf,
    mayBecome,
    members,
    privileges: powers,
    sessions,
    otherManager: await detectOtherManager(session, name),
  };
}

const dateOf = (seconds: number): Date =>
  new Date(Math.max(-MAX_DATE_MS, Math.min(seconds * 1000, MAX_DATE_MS)));

const verifierFormat = (verifier: string): RoleFacts['verifier'] =>
  verifier.startsWith('md5') ? 'md5' : 'scram';

/** Undefined if the role has none. Only some roles may read it. */
async function verifierOf(session: Session, name: string): Promise<string | undefined> {
  const row = await session.row(
    `reading the verifier of ${session.describeRole(name)}`,
    'SELECT rolpassword AS verifier FROM pg_catalog.pg_authid WHERE rolname = $1',
    { verifier: 'text?' },
    [name],
  );
  return row?.verifier ?? undefined;
}

/** Superusers, members of pg_read_all_data, and roles with a grant on pg_authid. */
async function maySeeVerifiers(session: Session): Promise<boolean> {
  const row = await session.row(
    'asking what it may read',
    `SELECT has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT')
      AND has_column_privilege('pg_catalog.pg_authid', 'rolname', 'SELECT') AS may`,
    { may: 'bool' },
  );
  return row?.may === true;
}

const TRACES_QUERY = `
  SELECT to_json(ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($2)))::text AS "operatorRoles",
    EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname ~ $3 AND rolvaliduntil IS NOT NULL) AS "hasLeases",
    EXISTS (SELECT FROM pg_catalog.pg_database WHERE datdba = r.oid) AS "ownsDatabase",
    r.rolvaliduntil IS NOT NULL AS expires
  FROM pg_catalog.pg_roles r WHERE r.rolname = $1`;

const TRACES_COLUMNS = {
  operatorRoles: 'texts',
  hasLeases: 'bool',
  ownsDatabase: 'bool',
  expires: 'bool',
} as const;

/** The other tools that set the password of a role, as far as the server shows it. Every role may read that. */
async function detectOtherManager(session: Session, role: string): Promise<OtherManager | undefined> {
  const action = `looking who else changes ${session.describeRole(role)}`;
  const traces = await session.row(action, TRACES_QUERY, TRACES_COLUMNS, [
    role,
    OPERATOR_ROLES,
    LEASED_ROLE_PATTERN,
  ]);
  return traces && otherManagerOnServer(role, traces);
}

/**
 * The check is offline, so that the server counts no failed login. The result is 'unknown' for an unknown kind of
 * verifier.
 */
export async function matchPassword(
  session: Session,
  role: string,
  candidates: readonly Sensitive[],
): Promise<number | undefined | 'unknown'> {
  if (!(await maySeeVerifiers(session))) return 'unknown';
  const verifier = await verifierOf(session, role);
  if (verifier === undefined) return undefined;
  for (const [at, candidate] of candidates.entries()) {
    const matches = await matchesVerifier(candidate, verifier, role);
    if (matches === undefined) return 'unknown';
    if (matches) return at;
  }
  return undefined;
}
