import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import { denies, type Finding, fieldOf, sentence } from '../../finding/finding.ts';
import { renderCommand, type SecretRef } from './commands.ts';

/** What the policies say of a Secret, as it is stored. */
export interface SecretFindings {
  readonly findings: readonly Finding[];
  /** Keys that lockstep would change by itself if it were written anew. */
  readonly correctedKeys: readonly string[];
}

/** What is wrong with the values among themselves, whatever any server says. */
export function valuesCheck({ findings, correctedKeys }: SecretFindings, place: SecretRef): CheckResult {
  const reported = findings.filter(({ action }) => action !== 'Audit');
  const names = reported.map((finding) => `${fieldOf(finding)}: ${sentence(finding)}`);
  if (correctedKeys.length > 0)
    return fault(
      `${correctedKeys.join(', ')}: not what the policies make of it`,
      renderCommand(place),
      names,
    );
  if (reported.length === 0) return ok('its values agree with each other and with the policies');
  const message = `the policies find fault with ${reported.length === 1 ? 'one thing' : `${reported.length} things`}`;
  return reported.some(denies)
    ? fault(message, fixOf(reported), names)
    : warning(message, fixOf(reported), names);
}

/** What to do about the gravest. */
const fixOf = (findings: readonly Finding[]): string => (findings.find(denies) ?? findings[0])?.fix ?? '';
