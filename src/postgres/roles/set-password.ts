import { escapeIdentifier, escapeLiteral } from 'pg';
import { withMark } from '../../engine/credential/change/role-comment-mark.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { ITERATIONS, LEAST_ITERATIONS, MOST_ITERATIONS, scramVerifier } from '../protocol/scram.ts';
import { lockRole } from './role-lock.ts';
import { type Session, speakable } from './session.ts';
import { keepQuiet } from './suppress-logging.ts';

export interface PasswordChange {
  readonly role: string;
  /** Undefined: it has none afterwards, and nobody logs in as it. */
  readonly password: Sensitive | undefined;
  /** Undefined: the mark is taken away. */
  readonly mark: string | undefined;
  /** Whether it is still to be done. */
  readonly isStill?: (() => Promise<boolean>) | undefined;
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
  { role, password, mark, isStill, oid }: PasswordChange,
): Promise<void> {
  session.requireChangeable(role);
  const doing = `changing the password of ${session.called(role)}`;
  const quoted = escapeIdentifier(speakable(session.where, role));
  const { version, iterations } = await passwordSettings(session, doing);
  const verifier = password && (await scramVerifier(password, { iterations }));
  await session.transact(doing, async () => {
    await keepQuiet(session, doing, version);
    const comment = await lockRole(session, doing, role);
    if (oid !== undefined && comment.oid !== oid)
      throw new LockstepError('POSTGRES_REFUSED', [session.where, anotherRole(session.called(role))]);
    if (as === 'admin') await comment.change(withMark(comment.text, mark));
    const literal = verifier === undefined ? 'NULL' : escapeLiteral(verifier);
    await session.change(doing, role, `ALTER ROLE ${quoted} PASSWORD ${literal}`);
    if (isStill !== undefined && !(await isStill())) throw new LockstepError('CLUSTER_CONFLICT', [doing]);
  });
}

const anotherRole = (role: string): string => `${role} is another role than the one that lockstep made`;

/** `scram_iterations` came with PostgreSQL 16. */
export async function passwordSettings(session: Session, doing: string) {
  const [settings] = await session.rows<{ version: number; iterations: number | null }>(
    doing,
    `SELECT current_setting('server_version_num')::int AS version, current_setting('scram_iterations', true)::int AS iterations`,
  );
  if (settings === undefined)
    throw new LockstepError('POSTGRES_CONNECTION_FAILURE', [session.where, doing, 'no answer']);
  // A verifier with fewer, or with very many, would let nobody in from here.
  const iterations = Math.min(Math.max(settings.iterations ?? ITERATIONS, LEAST_ITERATIONS), MOST_ITERATIONS);
  return { version: settings.version, iterations };
}

/** Takes the mark out of the comment of a role, if this connection may. */
export async function unmark(session: Session, as: 'admin' | 'self', role: string): Promise<void> {
  if (as === 'self') return;
  session.requireChangeable(role);
  const doing = `taking the mark off ${session.called(role)}`;
  await session.transact(doing, async () => {
    const comment = await lockRole(session, doing, role);
    await comment.change(withMark(comment.text, undefined));
  });
}
