import { escapeIdentifier, escapeLiteral } from 'pg';
import { alternateComment } from '../engine/credential/alternate.ts';
import { LockstepError } from '../errors.ts';
import { lockRole, type RoleComment } from './role-lock.ts';
import { copySettings } from './role-settings.ts';
import { type Session, speakable } from './session.ts';

export interface Pair {
  readonly owner: string;
  readonly alternate: string;
}

/**
 * A second login for all that the owner is and owns. At login it becomes the owner, by its setting `role`: what it makes belongs to the owner, and the
 * owner's memberships, privileges, CREATEDB, BYPASSRLS and default privileges are its own. What is looked at before that, it has itself:
 * CONNECT by inheritance, and as copies REPLICATION, the limit of its connections, the end of its validity, the settings.
 *
 * A role of that name whose comment does not say that it is the alternate is somebody's, and is refused.
 */
export async function makeAlternate(session: Session, pair: Pair): Promise<void> {
  const { owner, alternate } = pair;
  const doing = `making ${alternate} a second login of ${owner}`;
  const quoted = escapeIdentifier(speakable(session.where, alternate));
  await session.transact(doing, async () => {
    const ownerFacts = await factsOf(session, doing, pair.owner);
    if (ownerFacts === undefined) throw refused(session, `there is no role ${owner}`);
    const before = await factsOf(session, doing, alternate);
    if (before === undefined) await session.rows(doing, `CREATE ROLE ${quoted} LOGIN`);
    const comment = await lockRole(session, doing, alternate);
    if (before === undefined) await comment.change(alternateComment(owner));
    else refuseAnothers(session, pair, comment);
    await grantOwner(session, doing, pair);
    await copyAttributes(session, doing, quoted, ownerFacts, before ?? NEW_ROLE);
    await copySettings(session, pair);
  });
}

function refuseAnothers(session: Session, { owner, alternate }: Pair, { text }: RoleComment): void {
  const saying = alternateComment(owner);
  if (text?.includes(saying) === true) return;
  const give = `COMMENT ON ROLE ${escapeIdentifier(alternate)} IS ${escapeLiteral(saying)}`;
  throw refused(
    session,
    `there is a role ${alternate} that lockstep did not make, and it is left alone; drop it, or hand it over: ${give}`,
  );
}

const refused = ({ where }: Session, reason: string): LockstepError =>
  new LockstepError('POSTGRES_REFUSED', [where, reason]);

interface Attributes {
  readonly mayLogin: boolean;
  readonly replicates: boolean;
  /** -1: none. */
  readonly connections: number;
  /** As SQL writes it. */
  readonly validUntil: string;
}

const NEW_ROLE: Attributes = { mayLogin: true, replicates: false, connections: -1, validUntil: 'infinity' };

async function factsOf(session: Session, doing: string, role: string): Promise<Attributes | undefined> {
  const [row] = await session.rows<Attributes>(
    doing,
    `SELECT rolcanlogin AS "mayLogin", rolreplication AS replicates, rolconnlimit AS connections,
        coalesce(rolvaliduntil, 'infinity')::text AS "validUntil" FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [role],
  );
  return row;
}

/** Since PostgreSQL 16 each membership says whether it inherits and may SET ROLE, and there may be one of each grantor. */
const MEMBERSHIP = `
  SELECT current_setting('server_version_num')::int >= 160000 AS "hasOptions",
    EXISTS (SELECT FROM pg_catalog.pg_auth_members m
      JOIN pg_catalog.pg_roles owner ON owner.oid = m.roleid JOIN pg_catalog.pg_roles member ON member.oid = m.member
      WHERE owner.rolname = $1 AND member.rolname = $2
        AND coalesce((to_jsonb(m) ->> 'inherit_option')::bool AND (to_jsonb(m) ->> 'set_option')::bool, member.rolinherit)) AS "isMember"`;

async function grantOwner(session: Session, doing: string, { owner, alternate }: Pair): Promise<void> {
  const [now] = await session.rows<{ hasOptions: boolean; isMember: boolean }>(doing, MEMBERSHIP, [
    owner,
    alternate,
  ]);
  if (now?.isMember === true) return;
  const options = now?.hasOptions === true ? ' WITH INHERIT TRUE, SET TRUE' : '';
  await session.rows(doing, `GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(alternate)}${options}`);
}

/** Only what differs is written: to give REPLICATION takes a superuser, or one who has it. */
async function copyAttributes(
  session: Session,
  doing: string,
  quoted: string,
  from: Attributes,
  to: Attributes,
): Promise<void> {
  const changes = [
    to.mayLogin ? '' : 'LOGIN',
    from.replicates === to.replicates ? '' : from.replicates ? 'REPLICATION' : 'NOREPLICATION',
    from.connections === to.connections ? '' : `CONNECTION LIMIT ${from.connections}`,
    from.validUntil === to.validUntil ? '' : `VALID UNTIL ${escapeLiteral(from.validUntil)}`,
  ].filter((change) => change !== '');
  if (changes.length > 0) await session.rows(doing, `ALTER ROLE ${quoted} ${changes.join(' ')}`);
}
