import { resolve } from 'node:path';
import { LockstepError } from '../../../errors/errors.ts';
import type { IgnoreComment } from '../../../manifest/read/ignore-comments.ts';
import type { CheckReport } from '../../../report/check-report.ts';
import { printable } from '../../../report/printable.ts';
import { plural } from '../../../report/wording.ts';
import type { Stream } from '../../cli/shell.ts';
import { writeFileAtomically } from '../../cli/write-file-atomically.ts';
import { applyBaseline, type RunScope, renewedEntries } from './baseline.ts';
import { baselineText, readBaselineFile, type StoredEntry, unusable } from './baseline-file.ts';
import { applyIgnoreComments } from './ignore-comments.ts';

export interface AcceptOptions {
  /** The file with the accepted findings. */
  readonly baseline?: string;
  /** The same, and this run writes the file. */
  readonly writeBaseline?: string;
  readonly strict?: boolean;
}

/** A baseline that was read before the run. */
export interface OpenBaseline {
  readonly path: string;
  readonly entries: readonly StoredEntry[];
  readonly isWritten: boolean;
}

/** Undefined without an option for it. Throws BASELINE_UNUSABLE, or BAD_OPTION. */
export function openBaseline({ baseline, writeBaseline }: AcceptOptions): OpenBaseline | undefined {
  if (baseline !== undefined && writeBaseline !== undefined && resolve(baseline) !== resolve(writeBaseline))
    throw new LockstepError('BAD_OPTION', ['--write-baseline', 'it writes the file of --baseline']);
  const path = writeBaseline ?? baseline;
  if (path === undefined) return undefined;
  const entries = readBaselineFile(path);
  if (entries === undefined && writeBaseline === undefined)
    throw unusable(path, 'it does not exist; --write-baseline writes it');
  return { path, entries: entries ?? [], isWritten: writeBaseline !== undefined };
}

/** A Git hook passes each changed file, and the baseline is no manifest. */
export const withoutBaseline = (
  paths: readonly string[],
  baseline: OpenBaseline | undefined,
): readonly string[] =>
  baseline === undefined ? paths : paths.filter((path) => resolve(path) !== resolve(baseline.path));

/** The report without the findings that comments and the baseline accept. Writes the baseline if that is asked. */
export async function acceptFindings(
  report: CheckReport,
  comments: readonly IgnoreComment[],
  baseline: OpenBaseline | undefined,
  scope: RunScope,
  { strict = false, stderr }: { readonly strict?: boolean | undefined; readonly stderr: Stream },
): Promise<CheckReport> {
  const uncommented = comments.length === 0 ? report : applyIgnoreComments(report, comments, scope.asks);
  if (baseline === undefined) return uncommented;
  const { path, entries, isWritten } = baseline;
  const match = applyBaseline(uncommented, path, entries, scope);
  if (!isWritten) return match.report;
  if (report.errors.length > 0) {
    stderr.write(`lockstep: ${printable(path)} was not written, because not everything could be read\n`);
    return match.report;
  }
  const renewed = renewedEntries(uncommented, path, entries, match, strict);
  await writeFileAtomically(path, baselineText(renewed));
  stderr.write(`lockstep: wrote ${countText(renewed)} to ${printable(path)}, before ${numberOf(entries)}\n`);
  return applyBaseline(uncommented, path, renewed, scope).report;
}

const countText = (entries: readonly StoredEntry[]): string => plural(numberOf(entries), 'finding');

const numberOf = (entries: readonly StoredEntry[]): number =>
  entries.reduce((sum, { count }) => sum + count, 0);
