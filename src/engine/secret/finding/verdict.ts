import { type Action, denies } from './finding.ts';

/** `fix`: allowed once lockstep's own changes are applied. `skip`: not validated. */
export type Verdict = 'allow' | 'fix' | 'deny' | 'skip';

/** The result for a Secret, in one word. */
export function verdictOf(
  findings: readonly { readonly action: Action }[],
  changes: readonly unknown[],
  isValidated: boolean,
): Verdict {
  if (findings.some(denies)) return 'deny';
  if (!isValidated) return 'skip';
  return changes.length > 0 ? 'fix' : 'allow';
}
