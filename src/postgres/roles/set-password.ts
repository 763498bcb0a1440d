import { escapeIdentifier, escapeLiteral } from 'pg';
import { withMark } from '../../engine/credential/change/role-comment-mark.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { DEFAULT_ITERATIONS, MAX_ITERATIONS, MIN_ITERATIONS, scramVerifier } from '../protocol/scram.ts';
import { lockRole } from './role-lock.ts';
import { requireRoleName, type Session } from './session.ts';
import { suppressLogging } from './suppress-logging.ts';

export interface PasswordChange {
  readonly role: string;
  /** Undefined: it has none afterwards, and nobody logs in as it. */
  readonly password: Sensitive | undefined;
  /** Undefined: the mark is taken away. */
  readonly mark: string | undefined;
  /** Whether it is still to be done. */
  readonly isStillNeeded?: (() => Promise<boolean>) | undefined;
  /** The role must be this one. Undefined: whichever has the name. */
  readonly oid?: string | undefined;
}

/**
 *     BEGIN ── lock ── COMMENT, the mark ── ALTER ROLE, the verifier ── is it still to be done? ── COMMIT
 *
 * From ALTER ROLE on nobody else alters the role, and the server ends the transaction of a process that is frozen. So nothing newer can come
 * between the question and the COMMIT.
 *
 * A role by itself may not comment on itself, and leaves no mark.
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
  const [settings] = await session.rows<{ version: number; iterations: number | null }>(
    action,
    `SELECT current_setting('server_version_num')::int AS version, current_setting('scram_iterations', true)::int AS iterations`,
  );
  if (settings === undefined)
    throw new LockstepError('POSTGRES_CONNECTION_FAILURE', [session.serverLabel, action, 'no answer']);
  // A verifier with fewer, or with very many, would let nobody in from here.
  const iterations = Math.min(
    Math.max(settings.iterations ?? DEFAULT_ITERATIONS, MIN_ITERATIONS),
    MAX_ITERATIONS,
  );
  return { version: settings.version, iterations };
}

/** Takes the mark out of the comment of a role, if this connection may. */
export async function removeMark(session: Session, as: 'admin' | 'self', role: string): Promise<void> {
  if (as === 'self') return;
  session.requireChangeable(role);
  const action = `taking the mark off ${session.describeRole(role)}`;
  await session.transact(action, async () => {
    const comment = await lockRole(session, action, role);
    await comment.change(withMark(comment.text, undefined));
  });
}
