import { type CheckResult, fault, ok, warning } from '../../doctor/check-result.ts';
import { denies, type Finding, fieldOf, sentence } from '../../finding/finding.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { renderCommand } from './commands.ts';

/** The findings of the policies for a stored Secret. */
export interface SecretFindings {
  readonly findings: readonly Finding[];
  /** Keys that lockstep would change if a user wrote the Secret again. */
  readonly correctedKeys: readonly string[];
}

/** Checks the values against each other and the policies, without any server. */
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

/** The fix of the most severe finding. */
const fixOf = (findings: readonly Finding[]): string => (findings.find(denies) ?? findings[0])?.fix ?? '';
