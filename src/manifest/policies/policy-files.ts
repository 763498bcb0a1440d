import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** A policy is a page; a larger file is something else, or hostile. */
const MAX_BYTES = 1024 * 1024;

/**
 * Every policy file at the given paths: a file as it is, a folder with all it holds, in the order of the alphabet. Nothing else is done before they are
 * read, and waiting for each of a few small files takes longer than reading it.
 */
export function readPolicyFiles(paths: readonly string[]): readonly PolicyFile[] {
  return paths.flatMap((path) => {
    const files = policyFilesAt(path, (name) => !isCaseFile(name));
    if (files.length === 0) throw new LockstepError('POLICY_EMPTY', [path]);
    return files.map((file) => ({ path: file, text: readPolicyText(file) }));
  });
}

/** Cases stand beside the policies that they are about. */
export const isCaseFile = (name: string): boolean => /\.test\.(ya?ml|json)$/i.test(name);

/** The file itself, or of a folder all YAML and JSON files below it with such names. */
export function policyFilesAt(path: string, isWanted: (name: string) => boolean): readonly string[] {
  return withReadErrors(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    return (
      readdirSync(path, { withFileTypes: true })
        // A mounted ConfigMap keeps its versions in `..2026_11_25` beside the links that count.
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
          const child = join(path, entry.name);
          if (entry.isDirectory()) return policyFilesAt(child, isWanted);
          return /\.(ya?ml|json)$/i.test(entry.name) && isWanted(entry.name) ? [child] : [];
        })
    );
  });
}

export function readPolicyText(path: string): string {
  return withReadErrors(path, () => {
    const stats = statSync(path);
    // A pipe or a device would be waited for without end.
    if (!stats.isFile()) throw new LockstepError('POLICY_UNREADABLE', [path, 'it is no file']);
    if (stats.size > MAX_BYTES)
      throw new LockstepError('POLICY_INVALID', [`${path}: is larger than 1 MiB: a policy is a page`]);
    return readFileSync(path, 'utf8');
  });
}

function withReadErrors<Found>(path: string, read: () => Found): Found {
  try {
    return read();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw new LockstepError('POLICY_UNREADABLE', [path, systemCode(error)], error);
  }
}
