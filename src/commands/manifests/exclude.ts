import { basename, matchesGlob } from 'node:path';

/** The paths that `--exclude` leaves out. */
export interface Exclusion {
  /** Undefined if there is no glob. */
  readonly isExcluded: ((path: string) => boolean) | undefined;
  /** The globs that no path has matched yet. */
  readonly unmatchedGlobs: () => readonly string[];
}

/** A glob without a slash matches a name in any folder, as in .gitignore. */
export function exclusionOf(globs: readonly string[]): Exclusion {
  const patterns = globs.map((glob) => ({ glob, pattern: glob.replace(/^\.\//, '').replace(/\/$/, '') }));
  const matched = new Set<string>();
  const isExcluded = (path: string): boolean => {
    const matching = patterns.filter(({ pattern }) =>
      matchesGlob(pattern.includes('/') ? path : basename(path), pattern),
    );
    for (const { glob } of matching) matched.add(glob);
    return matching.length > 0;
  };
  return {
    isExcluded: globs.length === 0 ? undefined : isExcluded,
    unmatchedGlobs: () => [...new Set(globs)].filter((glob) => !matched.has(glob)),
  };
}
