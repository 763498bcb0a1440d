import { type Diagnosis, fault, ok, warning } from '../../doctor/check-result.ts';
import { denies, type Finding, fieldOf, sentence } from '../../finding/finding.ts';
import { type Place, renderAgain } from './commands.ts';

/** What the policies say of a Secret, as it is stored. */
export interface SecretFindings {
  readonly findings: readonly Finding[];
  /** Keys that lockstep would change by itself if it were written anew. */
  readonly mends: readonly string[];
}

/** What is wrong with the values among themselves, whatever any server says. */
export function valuesAmiss({ findings, mends }: SecretFindings, place: Place): Diagnosis {
  const told = findings.filter(({ action }) => action !== 'Audit');
  const names = told.map((finding) => `${fieldOf(finding)}: ${sentence(finding)}`);
  if (mends.length > 0)
    return fault(`${mends.join(', ')}: not what the policies make of it`, renderAgain(place), names);
  if (told.length === 0) return ok('its values agree with each other and with the policies');
  const message = `the policies find fault with ${told.length === 1 ? 'one thing' : `${told.length} things`}`;
  return told.some(denies) ? fault(message, fixOf(told), names) : warning(message, fixOf(told), names);
}

/** What to do about the gravest. */
const fixOf = (findings: readonly Finding[]): string => (findings.find(denies) ?? findings[0])?.fix ?? '';
