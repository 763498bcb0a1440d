import { escapeIdentifier, escapeLiteral } from 'pg';
import { alternateComment, foreignRoleReason } from '../../engine/login/postgres/alternate-role.ts';
import { withMark } from '../../engine/login/postgres/role-comment-mark.ts';
import type { KnownAlternate } from '../../engine/login/postgres/role-server.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { RowOf } from '../protocol/columns.ts';
import { roleFacts } from './role-facts.ts';
import { lockRole } from './role-lock.ts';
import { copySettings } from './role-settings.ts';
import { requireRoleName, type Session } from './session.ts';

export interface RolePair {
  readonly owner: string;
  readonly alternate: string;
}

/**
 * Creates a second login with the rights and objects of the owner. At login it becomes the owner by its setting `role`.
 * So its new objects belong to the owner, and it has the owner's memberships, privileges, CREATEDB, BYPASSRLS and
 * default privileges.
 *
 * Some rights are checked before that setting applies, so the alternate has them itself. It inherits CONNECT. It gets
 * copies of REPLICATION, the connection limit, the end of validity and the settings.
 *
 * A new role gets the mark of the change in its comment, in the transaction that creates it. After a crash, the mark
 * shows that the role is lockstep's before its oid is in the record. Another role of that name is refused.
 *
 * Resolves with the oid of the alternate.
 */
export async function makeAlternate(
  session: Session,
  roles: RolePair,
  known: KnownAlternate,
): Promise<string> {
  const { owner, alternate } = roles;
  session.requireChangeable(owner, alternate);
  const action = `making ${alternate} a second login of ${owner}`;
  let oid = '';
  const quoted = escapeIdentifier(requireRoleName(session.serverLabel, alternate));
  await session.transact(action, async () => {
    const ownerFacts = await readAttributes(session, action, roles.owner);
    if (ownerFacts === undefined) throw refusedError(session, `there is no role ${owner}`);
    const existing = await readAttributes(session, action, alternate);
    if (existing === undefined) await session.change(action, alternate, `CREATE ROLE ${quoted} LOGIN`);
    const comment = await lockRole(session, action, alternate);
    if (existing === undefined) await comment.change(withMark(alternateComment(owner), known.mark));
    else await requireOwnAlternate(session, roles, { ...known, found: comment.oid }, action);
    oid = comment.oid;
    await grantOwner(session, action, roles);
    await copyAttributes(session, action, alternate, ownerFacts, existing ?? NEW_ROLE);
    await copySettings(session, roles);
  });
  return oid;
}

async function requireOwnAlternate(
  session: Session,
  roles: RolePair,
  known: KnownAlternate & { readonly found: string },
  action: string,
): Promise<void> {
  const role = await roleFacts(session, 'admin', roles.alternate);
  if (role?.oid !== known.found)
    throw new LockstepError('POSTGRES_CONCURRENT_CHANGE', [session.serverLabel, action]);
  const reason = foreignRoleReason(role, roles, known);
  if (reason !== undefined) throw refusedError(session, reason);
}

const refusedError = ({ serverLabel: where }: Session, reason: string): LockstepError =>
  new LockstepError('POSTGRES_REFUSED', [where, reason]);

/** No limit of connections is -1. */
const ATTRIBUTE_COLUMNS = {
  mayLogin: 'bool',
  replicates: 'bool',
  connections: 'int',
  validUntil: 'text',
} as const;
type RoleAttributes = RowOf<typeof ATTRIBUTE_COLUMNS>;

const NEW_ROLE: RoleAttributes = {
  mayLogin: true,
  replicates: false,
  connections: -1,
  validUntil: 'infinity',
};

function readAttributes(session: Session, action: string, role: string): Promise<RoleAttributes | undefined> {
  return session.row(
    action,
    `SELECT rolcanlogin AS "mayLogin", rolreplication AS replicates, rolconnlimit AS connections,
        coalesce(rolvaliduntil, 'infinity')::text AS "validUntil" FROM pg_catalog.pg_roles WHERE rolname = $1`,
    ATTRIBUTE_COLUMNS,
    [role],
  );
}

/**
 * Since PostgreSQL 16 each membership states whether it inherits and may SET ROLE. There may be one of each grantor.
 */
const MEMBERSHIP_QUERY = `
  SELECT current_setting('server_version_num')::int >= 160000 AS "hasOptions",
    EXISTS (SELECT FROM pg_catalog.pg_auth_members m
      JOIN pg_catalog.pg_roles owner ON owner.oid = m.roleid JOIN pg_catalog.pg_roles member ON member.oid = m.member
      WHERE owner.rolname = $1 AND member.rolname = $2
        AND coalesce((to_jsonb(m) ->> 'inherit_option')::bool AND (to_jsonb(m) ->> 'set_option')::bool, member.rolinherit)) AS "isMember"`;

async function grantOwner(session: Session, action: string, { owner, alternate }: RolePair): Promise<void> {
  const membership = await session.row(action, MEMBERSHIP_QUERY, { hasOptions: 'bool', isMember: 'bool' }, [
    owner,
    alternate,
  ]);
  if (membership?.isMember === true) return;
  const options = membership?.hasOptions === true ? ' WITH INHERIT TRUE, SET TRUE' : '';
  await session.change(
    action,
    alternate,
    `GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(alternate)}${options}`,
  );
}

/** Writes only the differences, because only a superuser or a role with REPLICATION can grant REPLICATION. */
async function copyAttributes(
  session: Session,
  action: string,
  alternate: string,
  from: RoleAttributes,
  to: RoleAttributes,
): Promise<void> {
  const changes = [
    to.mayLogin ? '' : 'LOGIN',
    from.replicates === to.replicates ? '' : from.replicates ? 'REPLICATION' : 'NOREPLICATION',
    from.connections === to.connections ? '' : `CONNECTION LIMIT ${from.connections}`,
    from.validUntil === to.validUntil ? '' : `VALID UNTIL ${escapeLiteral(from.validUntil)}`,
  ].filter((change) => change !== '');
  if (changes.length > 0)
    await session.change(action, alternate, `ALTER ROLE ${escapeIdentifier(alternate)} ${changes.join(' ')}`);
}
