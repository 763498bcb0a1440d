import type { Diagnosis } from '../doctor/diagnosis.ts';
import type { OtherWriter } from './others.ts';

/**
 * Where somebody else writes the Secret, a command that writes it would be undone, and one that gives its server another password would begin a fight: then what is
 * to be done is theirs. What a person does to the role alone stays right, and that a server follows a copy, too.
 */
export function mendedByOther(diagnosis: Diagnosis, other: OtherWriter | undefined): Diagnosis {
  if (other === undefined || other.kind === 'beware') return diagnosis;
  const { fix } = diagnosis;
  const isOfRole = fix.startsWith('psql ') && !fix.includes('lockstep ');
  const isFollowed = other.kind === 'store-first' && fix.endsWith(' --as-written');
  const isQuestion = fix.startsWith('lockstep doctor ');
  return isOfRole || isFollowed || isQuestion ? diagnosis : { ...diagnosis, fix: other.sentence };
}
