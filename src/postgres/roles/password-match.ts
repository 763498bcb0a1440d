import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { matchesVerifier } from '../protocol/scram.ts';
import { maySeeVerifiers, verifierOf } from './role-facts.ts';
import type { Session } from './session.ts';

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
