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
      `a write of the Secret would correct ${correctedKeys.join(', ')}`,
      renderCommand(place),
      names,
    );
  if (reported.length === 0) return ok('its values agree with each other and with the policies');
  const message =
    reported.length === 1 ? '1 finding of the policies' : `${reported.length} findings of the policies`;
  return reported.some(denies)
    ? fault(message, explanationOf(reported), names)
    : warning(message, explanationOf(reported), names);
}

/** Each finding has its fix. The rule of the most severe one is explained further. */
function explanationOf(findings: readonly Finding[]): string {
  const { rule } = findings.find(denies) ?? findings[0] ?? {};
  return rule === undefined ? '' : `lockstep explain ${rule} says more`;
}
