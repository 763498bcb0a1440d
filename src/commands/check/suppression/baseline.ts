import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { BaselineEntry, CheckReport } from '../../../report/check-report.ts';
import { STDIN } from '../../manifests/source.ts';
import type { StoredEntry } from './baseline-file.ts';
import { type SuppressionSubject, withSuppressions } from './suppress.ts';

/** The part of the repository that a run has read. */
export interface RunScope {
  readonly paths: readonly string[];
  /** Files that were read without an error. */
  readonly readFiles: ReadonlySet<string>;
  /** Whether the run could find the findings of this rule. */
  readonly asks: (rule: string) => boolean;
}

/** Rules that compare the Secrets of a run. A run of single files, as in a Git hook, has too few of them. */
const COMPARING_RULES: ReadonlySet<string> = new Set(['cross-secret', 'duplicate-name', 'rotated-key']);

/** `connects`: the run tries logins. */
export function runScope(
  paths: readonly string[],
  readFiles: ReadonlySet<string>,
  connects: boolean,
): RunScope {
  const isWhole = paths.every((path) => path === STDIN || isFolder(path));
  const asks = (rule: string): boolean =>
    rule === 'login' ? connects : isWhole || !COMPARING_RULES.has(rule);
  return { paths, readFiles, asks };
}

export interface BaselineMatch {
  readonly report: CheckReport;
  /** How many findings of each entry the run has, by the identity of the entry. */
  readonly counts: ReadonlyMap<string, number>;
  /** Whether this run proves that the entry has no finding. */
  readonly isObsolete: (entry: BaselineEntry) => boolean;
}

/** Accepts as many findings for each entry as it counts. A further one of the same name is new. */
export function applyBaseline(
  report: CheckReport,
  path: string,
  entries: readonly StoredEntry[],
  scope: RunScope,
): BaselineMatch {
  const stored = new Map<string, StoredEntry>();
  for (const entry of entries) {
    const id = identityOf(entry);
    // A merge in Git may keep the lines of both sides.
    if ((stored.get(id)?.count ?? 0) < entry.count) stored.set(id, entry);
  }
  const counts = new Map<string, number>();
  const fileOf = baselinePaths(path);
  const suppressed = withSuppressions(report, (subject) => {
    const id = identityOf({ ...subject, file: fileOf(subject.file) });
    const entry = stored.get(id);
    const count = counts.get(id) ?? 0;
    if (entry === undefined || count >= entry.count) return undefined;
    counts.set(id, count + 1);
    return { kind: 'external', reason: entry.reason };
  });
  const isGone = goneFrom(path, scope);
  const isObsolete = (entry: BaselineEntry): boolean => !counts.has(identityOf(entry)) && isGone(entry);
  const obsolete = [...stored.values()].filter(isObsolete);
  return { report: { ...suppressed, baseline: { file: path, obsolete } }, counts, isObsolete };
}

/**
 * The entries after this run: one for each finding, and those that the run says nothing about. Changes count only with
 * `strict`, because nothing else fails because of them.
 */
export function renewedEntries(
  report: CheckReport,
  path: string,
  entries: readonly StoredEntry[],
  { isObsolete, counts }: BaselineMatch,
  strict: boolean,
): readonly StoredEntry[] {
  const fileOf = baselinePaths(path);
  const renewed = new Map<string, StoredEntry>();
  withSuppressions(report, (subject) => {
    const { kind, ref, key, rule } = subject;
    const entry = { file: fileOf(subject.file), kind, ref, key, rule };
    const id = identityOf(entry);
    if (subject.isChange && !strict && !counts.has(id)) return undefined;
    renewed.set(id, { ...entry, count: (renewed.get(id)?.count ?? 0) + 1, reason: undefined });
    return undefined;
  });
  for (const entry of entries) {
    const id = identityOf(entry);
    const found = renewed.get(id);
    if (found !== undefined) renewed.set(id, { ...found, reason: found.reason ?? entry.reason });
    else if (!isObsolete(entry)) renewed.set(id, entry);
  }
  return [...renewed.values()];
}

const identityOf = ({ file, kind, ref, key, rule }: BaselineEntry | SuppressionSubject): string =>
  JSON.stringify([file, kind ?? '', ref, key, rule]);

/** A path relative to the folder of the baseline, so that a run from any folder finds the same entries. */
function baselinePaths(path: string): (file: string) => string {
  const folder = dirname(resolve(path));
  const known = new Map<string, string>([[STDIN, STDIN]]);
  return (file) => {
    const stored = known.get(file) ?? relative(folder, resolve(file)).split(sep).join('/');
    known.set(file, stored);
    return stored;
  };
}

/** A run of some files, such as that of a Git hook, says nothing about the others. */
function goneFrom(path: string, { paths, readFiles, asks }: RunScope): (entry: BaselineEntry) => boolean {
  const fileOf = baselinePaths(path);
  const read = new Set([...readFiles].map(fileOf));
  const folders = paths.filter(isFolder).map((folder) => `${resolve(folder)}${sep}`);
  const isDeleted = (file: string): boolean => {
    const absolute = resolve(dirname(path), file);
    return folders.some((folder) => absolute.startsWith(folder)) && !existsSync(absolute);
  };
  return ({ file, rule }) => asks(rule) && (read.has(file) || (file !== STDIN && isDeleted(file)));
}

/** False if the path can't be read: the reader of manifests reports it. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
