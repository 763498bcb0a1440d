import { isPasswordCorrect, isRefused, isUnproven } from '../../login/result/login-result.ts';
import { denies, type Finding, fieldOf, sentence } from '../../secret/finding/finding.ts';
import { type CheckResult, fault, ok, warning } from '../check-result.ts';
import { editCommand, renderCommand } from './commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

export interface SecretFindings {
  readonly findings: readonly Finding[];
  /** Keys that lockstep would change if a user wrote the Secret again. */
  readonly correctedKeys: readonly string[];
}

type ValuesContext = Pick<DiagnosisContext, 'place' | 'logins'>;

/** Checks the values against each other and the policies. A login that was tried decides whether a correction helps. */
export function valuesCheck(
  { findings, correctedKeys }: SecretFindings,
  context: ValuesContext,
): CheckResult {
  const reported = findings.filter(({ action }) => action !== 'Audit');
  const names = reported.map((finding) => `${fieldOf(finding)}: ${sentence(finding)}`);
  if (correctedKeys.length > 0) {
    const { note, fix } = correctionOf(correctedKeys, context);
    const message = `if it were created now, lockstep would correct ${correctedKeys.join(', ')}${note}`;
    return fault(message, fix, names);
  }
  if (reported.length === 0) return ok('its values agree with each other and with the policies');
  const message =
    reported.length === 1 ? '1 finding of the policies' : `${reported.length} findings of the policies`;
  return reported.some(denies)
    ? fault(message, explanationOf(reported), names)
    : warning(message, explanationOf(reported), names);
}

/** A correction replaces the login under that key. It helps only if the login under the base keys opens the server. */
function correctionOf(
  correctedKeys: readonly string[],
  { place, logins }: ValuesContext,
): { readonly note: string; readonly fix: string } {
  const replaced = logins.filter(({ key }) => correctedKeys.includes(key));
  const working = replaced.filter(isOpen).map(({ key }) => key);
  if (working.length > 0)
    return {
      note: `, but the login of ${working.join(', ')} opens its server: put its values under the base keys`,
      fix: editCommand(place),
    };
  if (!replaced.every(({ result }) => isRefused(result)))
    return { note: '; the login must be tried first, because a correction replaces it', fix: '' };
  const others = logins.filter(({ key }) => !correctedKeys.includes(key));
  const helps = replaced.every(
    ({ isNormalisable, matchedCredential, role }) =>
      (isNormalisable && matchedCredential?.kind === 'form') ||
      others.some((other) => other.role === role && isOpen(other)),
  );
  // Without help, the check of the login has the fix.
  return { note: '', fix: helps ? renderCommand(place) : '' };
}

const isOpen = ({ result }: LoginEvidence): boolean => isPasswordCorrect(result) && !isUnproven(result);

/** Each finding has its fix. The rule of the most severe one is explained further. */
function explanationOf(findings: readonly Finding[]): string {
  const { rule } = findings.find(denies) ?? findings[0] ?? {};
  return rule === undefined ? '' : `lockstep explain ${rule} says more`;
}
