import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** A policy is a page; a larger file is something else, or hostile. */
const LARGEST = 1024 * 1024;

/**
 * Every policy file at the given paths: a file as it is, a folder with all it holds, in the order of the alphabet. Nothing else is done before they are
 * read, and waiting for each of a few small files takes longer than reading it.
 */
export function readPolicyFiles(paths: readonly string[]): readonly PolicyFile[] {
  return paths.flatMap((path) => {
    const found = filesAt(path, (name) => !isCaseFile(name));
    if (found.length === 0) throw new LockstepError('POLICY_EMPTY', [path]);
    return found.map((file) => ({ path: file, text: readText(file) }));
  });
}

/** Cases stand beside the policies that they are about. */
export const isCaseFile = (name: string): boolean => /\.test\.(ya?ml|json)$/i.test(name);

/** The file itself, or of a folder all YAML and JSON files below it with such names. */
export function filesAt(path: string, isWanted: (name: string) => boolean): readonly string[] {
  return guarded(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    return (
      readdirSync(path, { withFileTypes: true })
        // A mounted ConfigMap keeps its versions in `..2026_11_25` beside the links that count.
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
          const child = join(path, entry.name);
          if (entry.isDirectory()) return filesAt(child, isWanted);
          return /\.(ya?ml|json)$/i.test(entry.name) && isWanted(entry.name) ? [child] : [];
        })
    );
  });
}

export function readText(path: string): string {
  return guarded(path, () => {
    const found = statSync(path);
    // A pipe or a device would be waited for without end.
    if (!found.isFile()) throw new LockstepError('POLICY_UNREADABLE', [path, 'it is no file']);
    if (found.size > LARGEST)
      throw new LockstepError('POLICY_INVALID', [`${path}: is larger than 1 MiB: a policy is a page`]);
    return readFileSync(path, 'utf8');
  });
}

function guarded<Found>(path: string, read: () => Found): Found {
  try {
    return read();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw new LockstepError('POLICY_UNREADABLE', [path, systemCode(error)], error);
  }
}
