import { type Action, denies } from './finding.ts';

/** `fix`: allowed once lockstep's own changes are applied. `skip`: not judged. */
export type Verdict = 'allow' | 'fix' | 'deny' | 'skip';

/** What becomes of a Secret, in one word. */
export function verdictOf(
  findings: readonly { readonly action: Action }[],
  changes: readonly unknown[],
  judged: boolean,
): Verdict {
  if (findings.some(denies)) return 'deny';
  if (!judged) return 'skip';
  return changes.length > 0 ? 'fix' : 'allow';
}
