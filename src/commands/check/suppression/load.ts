import { resolve } from 'node:path';
import type { IgnoreComment } from '../../../manifest/read/ignore-comments.ts';
import type { CheckReport } from '../../../report/check-report.ts';
import type { Shell } from '../../cli/shell.ts';
import type { AcceptOptions, OpenBaseline } from './accept.ts';

/** A run without a baseline does not load the modules for one. */
export async function openBaselineOf(options: AcceptOptions): Promise<OpenBaseline | undefined> {
  if (options.baseline === undefined && options.writeBaseline === undefined) return undefined;
  const { openBaseline } = await import('./accept.ts');
  return openBaseline(options);
}

/** A Git hook passes each changed file, and the baseline is no manifest. */
export const withoutBaseline = (
  paths: readonly string[],
  baseline: OpenBaseline | undefined,
): readonly string[] =>
  baseline === undefined ? paths : paths.filter((path) => resolve(path) !== resolve(baseline.path));

export interface CheckRun {
  readonly report: CheckReport;
  readonly comments: readonly IgnoreComment[];
  /** Files that were read without an error. */
  readonly readFiles: ReadonlySet<string>;
}

export async function acceptFindingsOf(
  { report, comments, readFiles, paths }: CheckRun & { readonly paths: readonly string[] },
  baseline: OpenBaseline | undefined,
  {
    strict,
    connects,
    stderr,
  }: { readonly strict: boolean | undefined; readonly connects: boolean; readonly stderr: Shell['stderr'] },
): Promise<CheckReport> {
  if (comments.length === 0 && baseline === undefined) return report;
  const [{ acceptFindings }, { runScope }] = await Promise.all([
    import('./accept.ts'),
    import('./baseline.ts'),
  ]);
  const scope = runScope(paths, readFiles, connects);
  return await acceptFindings(report, comments, baseline, scope, { strict, stderr });
}
