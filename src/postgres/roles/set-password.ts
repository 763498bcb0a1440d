import { escapeIdentifier, escapeLiteral } from 'pg';
import { withMark } from '../../engine/login/postgres/role-comment-mark.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { DEFAULT_ITERATIONS, MAX_ITERATIONS, MIN_ITERATIONS, scramVerifier } from '../protocol/scram.ts';
import { lockRole } from './role-lock.ts';
import { requireRoleName, type Session } from './session.ts';
import { suppressLogging } from './suppress-logging.ts';

export interface PasswordChange {
  readonly role: string;
  /** Undefined removes the password, so that no client can log in as the role. */
  readonly password: Sensitive | undefined;
  /** Undefined removes the mark. */
  readonly mark: string | undefined;
  /** Called right before the COMMIT. False rolls the change back. */
  readonly isStillNeeded?: (() => Promise<boolean>) | undefined;
  /** The role must have this oid. Undefined permits any role of the name. */
  readonly oid?: string | undefined;
}

/**
 *     BEGIN ── lock ── COMMENT, the mark ── ALTER ROLE, the verifier ── is it still needed? ── COMMIT
 *
 * From ALTER ROLE on no other session can alter the role, and the server ends the transaction of a frozen process. So
 * no newer change can come between the question and the COMMIT.
 *
 * A role that changes its own password may not comment on itself, so it leaves no mark.
 */
export async function setPassword(
  session: Session,
  as: 'admin' | 'self',
  { role, password, mark, isStillNeeded, oid }: PasswordChange,
): Promise<void> {
  session.requireChangeable(role);
  const action = `changing the password of ${session.describeRole(role)}`;
  const quoted = escapeIdentifier(requireRoleName(session.serverLabel, role));
  const { version, iterations } = await passwordSettings(session, action);
  const verifier = password && (await scramVerifier(password, { iterations }));
  await session.transact(action, async () => {
    await suppressLogging(session, action, version);
    const comment = await lockRole(session, action, role);
    if (oid !== undefined && comment.oid !== oid)
      throw new LockstepError('POSTGRES_REFUSED', [
        session.serverLabel,
        wrongRoleReason(session.describeRole(role)),
      ]);
    if (as === 'admin') await comment.change(withMark(comment.text, mark));
    const literal = verifier === undefined ? 'NULL' : escapeLiteral(verifier);
    await session.change(action, role, `ALTER ROLE ${quoted} PASSWORD ${literal}`);
    if (isStillNeeded !== undefined && !(await isStillNeeded()))
      throw new LockstepError('CLUSTER_CONFLICT', [action]);
  });
}

const wrongRoleReason = (role: string): string => `${role} is another role than the one that lockstep made`;

/** `scram_iterations` came with PostgreSQL 16. */
export async function passwordSettings(session: Session, action: string) {
  const settings = await session.row(
    action,
    `SELECT current_setting('server_version_num')::int AS version, current_setting('scram_iterations', true)::int AS iterations`,
    { version: 'int', iterations: 'int?' },
  );
  if (settings === undefined)
    throw new LockstepError('POSTGRES_CONNECTION_FAILURE', [session.serverLabel, action, 'no answer']);
  // With fewer or very many rounds, lockstep itself would refuse to log in.
  const iterations = Math.min(
    Math.max(settings.iterations ?? DEFAULT_ITERATIONS, MIN_ITERATIONS),
    MAX_ITERATIONS,
  );
  return { version: settings.version, iterations };
}

/** Removes the mark from the comment of a role, if this connection may change it. */
export async function removeMark(session: Session, as: 'admin' | 'self', role: string): Promise<void> {
  if (as === 'self') return;
  session.requireChangeable(role);
  const action = `taking the mark off ${session.describeRole(role)}`;
  await session.transact(action, async () => {
    const comment = await lockRole(session, action, role);
    await comment.change(withMark(comment.text, undefined));
  });
}
