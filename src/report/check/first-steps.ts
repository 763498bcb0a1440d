import { denies } from '../../engine/finding/finding.ts';
import type { CheckedSecret, CheckReport } from '../check-report.ts';
import { checkFails, type FailureOptions } from '../failure.ts';
import { plural } from '../wording.ts';

/** The end of a long report: the refusals by rule, and three ways to continue before all of them are fixed. */
export function firstSteps(report: CheckReport, options: FailureOptions): readonly FirstStep[] {
  if (!checkFails(report, options)) return [];
  const refused = report.secrets.filter(({ findings }) => findings.some(denies));
  const findings = refused.flatMap((secret) => secret.findings.filter(denies));
  const counts = [...Map.groupBy(findings, ({ rule }) => rule)]
    .map(([rule, { length }]) => ({ rule, length }))
    .sort((a, b) => b.length - a.length);
  const byRule = counts.map(({ rule, length }) => `${length} ${rule}`).join(', ');
  const steps = counts.slice(0, 1).map(({ rule }) => ({
    label: 'first',
    text: `${plural(findings.length, 'refusal')} by rule: ${byRule}. lockstep explain ${rule} says how to fix ${counts.length === 1 ? 'them' : 'most of them'}`,
  }));
  return [...steps, ...otherWays(report, refused)];
}

export interface FirstStep {
  readonly label: string;
  readonly text: string;
}

function otherWays({ baseline }: CheckReport, refused: readonly CheckedSecret[]): readonly FirstStep[] {
  const aside = folderAside(refused.map(({ file }) => file));
  return [
    ...(baseline === undefined
      ? ['--write-baseline lockstep-baseline.json accepts all findings of this run']
      : []),
    aside === undefined
      ? "--exclude 'docs/**' leaves out a folder, such as docs"
      : `--exclude ${aside} leaves out folders of that name`,
    '--fail-on Never reports all of them without exit code 1',
  ].map((text, index) => ({ label: index === 0 ? 'then' : 'or', text }));
}

/** Folders whose manifests are rarely applied. */
const ASIDE = new Set(
  'docs doc examples example samples sample tests test testing testdata fixtures e2e demo demos archive _archived hack'.split(
    ' ',
  ),
);

/** The one that holds most of the files. `--exclude NAME` leaves out a folder of this name at any depth. */
function folderAside(files: readonly string[]): string | undefined {
  const folders = files.flatMap(
    (file) =>
      file
        .split(/[\\/]/)
        .slice(0, -1)
        .findLast((name) => ASIDE.has(name)) ?? [],
  );
  const groups = [...Map.groupBy(folders, (name) => name).values()];
  return groups.sort((a, b) => b.length - a.length)[0]?.[0];
}
