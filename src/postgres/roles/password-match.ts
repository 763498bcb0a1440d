import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { fitsVerifier } from '../protocol/scram.ts';
import { maySeeVerifiers, verifierOf } from './role-facts.ts';
import type { Session } from './session.ts';

/** Offline, so that no failed login is counted anywhere. 'unknown' also where the verifier is of a kind that is not known here. */
export async function whichPassword(
  session: Session,
  role: string,
  candidates: readonly Sensitive[],
): Promise<number | undefined | 'unknown'> {
  if (!(await maySeeVerifiers(session))) return 'unknown';
  const verifier = await verifierOf(session, role);
  if (verifier === undefined) return undefined;
  for (const [at, candidate] of candidates.entries()) {
    const fits = await fitsVerifier(candidate, verifier, role);
    if (fits === undefined) return 'unknown';
    if (fits) return at;
  }
  return undefined;
}
