import { denies } from '../../engine/secret/finding/finding.ts';
import type { CheckReport } from '../check-report.ts';
import { checkFails, type FailureOptions } from '../failure.ts';
import { plural } from '../wording.ts';

/** The end of a long report: the refusals by rule, and three ways to continue before all of them are fixed. */
export function firstSteps(report: CheckReport, options: FailureOptions): readonly FirstStep[] {
  if (!checkFails(report, options)) return [];
  const findings = report.secrets.flatMap((secret) => secret.findings.filter(denies));
  const counts = [...Map.groupBy(findings, ({ rule }) => rule)]
    .map(([rule, { length }]) => ({ rule, length }))
    .sort((a, b) => b.length - a.length);
  const byRule = counts.map(({ rule, length }) => `${length} ${rule}`).join(', ');
  const steps = counts.slice(0, 1).map(({ rule }) => ({
    label: 'first',
    text: `${plural(findings.length, 'refusal')} by rule: ${byRule}. lockstep explain ${rule} says how to fix ${counts.length === 1 ? 'them' : 'most of them'}`,
  }));
  const others = [
    ...(report.baseline === undefined ? [ACCEPT_ALL] : []),
    "--exclude 'docs/**' leaves out a folder, such as docs",
    '--fail-on Never reports all of them without exit code 1',
  ];
  return [...steps, ...others.map((text, index) => ({ label: index === 0 ? 'then' : 'or', text }))];
}

const ACCEPT_ALL = '--write-baseline lockstep-baseline.json accepts all findings of this run';

export interface FirstStep {
  readonly label: string;
  readonly text: string;
}
