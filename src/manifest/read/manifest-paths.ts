import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join, normalize, relative } from 'node:path';
import { systemCode } from '../../errors/errors.ts';

/** A file to read, or the reason why it can't be read. */
export interface ManifestPath {
  readonly file: string;
  /** The user gave this path itself, so that any fault of the file is reported. */
  readonly isExplicit: boolean;
  readonly problem: string | undefined;
  /** The file in a folder is called an example, so it is not read. */
  readonly isExample?: true;
  /** A pipe, a device or a socket in a folder, or a link to one. A read of it might never end. */
  readonly isSpecial?: true;
}

export const STDIN = '-';

/**
 * The files at the paths: a given file itself, or all manifests of a folder in alphabetical order. `isExcluded` gets
 * each path relative to the given folder, and as it is printed.
 */
export function* manifestPaths(paths: readonly string[], isExcluded?: IsExcluded): Generator<ManifestPath> {
  for (const path of paths) {
    if (path === STDIN) yield { file: STDIN, isExplicit: true, problem: undefined };
    else yield* manifestsAt(path, isExcluded);
  }
}

export type IsExcluded = (path: string) => boolean;

function* manifestsAt(path: string, isExcluded: IsExcluded | undefined): Generator<ManifestPath> {
  const stats = statOf(path);
  if (typeof stats === 'string')
    yield { file: path, isExplicit: true, problem: REASON_BY_CODE[stats] ?? `can not be read (${stats})` };
  else if (!stats.isDirectory()) {
    if (isExcluded?.(normalize(path)) !== true) yield { file: path, isExplicit: true, problem: undefined };
  } else {
    let isEmpty = true;
    const isLeftOut =
      isExcluded && ((inner: string) => isExcluded(relative(path, inner)) || isExcluded(normalize(inner)));
    for (const file of manifestsIn(path, isLeftOut)) {
      isEmpty = false;
      yield file;
    }
    if (isEmpty)
      yield { file: path, isExplicit: true, problem: 'holds no file that ends in .yaml, .yml or .json' };
  }
}

/** The kind of file, or the error code of the operating system. */
function statOf(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return systemCode(error);
  }
}

const REASON_BY_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist: give a file or a folder that does',
  ENOTDIR: 'does not exist: give a file or a folder that does',
  EACCES: 'can not be read: give this user the right to read it',
  ELOOP: 'is a link that leads back to itself',
};

export const unreadableReason = (error: unknown): string => {
  const code = systemCode(error);
  return REASON_BY_CODE[code] ?? `can not be read (${code})`;
};

/** Links to folders are not followed, as in kubectl: they could form a circle. */
function* manifestsIn(folder: string, isExcluded: IsExcluded | undefined): Generator<ManifestPath> {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    yield { file: folder, isExplicit: false, problem: unreadableReason(error) };
    return;
  }
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (isExcluded?.(path) === true) continue;
    if (entry.isDirectory()) {
      if (!IGNORED_FOLDERS.has(entry.name)) yield* manifestsIn(path, isExcluded);
    } else if (/\.(?:ya?ml|json)$/i.test(entry.name)) {
      const file = { file: path, isExplicit: false, problem: undefined };
      if (isSpecial(entry, path)) yield { ...file, isSpecial: true };
      else yield EXAMPLE.test(entry.name) ? { ...file, isExample: true } : file;
    }
  }
}

/** `secret.example.yaml`. Its placeholders are its content. */
const EXAMPLE = /\.(?:example|sample|template|tmpl|tpl|dist)\.(?:ya?ml|json)$/i;

/** A read of it might never end. A link that leads nowhere is an error of the read. */
function isSpecial(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return !entry.isFile();
  const stats = statOf(path);
  return typeof stats !== 'string' && !stats.isFile() && !stats.isDirectory();
}

/** These folders hold thousands of files and no manifest. */
const IGNORED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules']);
