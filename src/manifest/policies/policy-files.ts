import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError, systemCode } from '../../errors/errors.ts';

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** Limit in bytes. A policy has about a page; a larger file is not a policy, or an attack. */
const MAX_BYTES = 1024 * 1024;

/**
 * All policy files at the given paths: a file itself, or all files of a folder in alphabetical order. Reads
 * synchronously, because an asynchronous read of small files takes longer and nothing else runs until they are read.
 */
export function readPolicyFiles(paths: readonly string[]): readonly PolicyFile[] {
  return paths.flatMap((path) => {
    const files = policyFilesAt(path, (name) => !isCaseFile(name));
    if (files.length === 0) throw new LockstepError('POLICY_EMPTY', [path]);
    return files.map((file) => ({ path: file, text: readPolicyText(file) }));
  });
}

/** Test cases are in the folder of their policies. */
export const isCaseFile = (name: string): boolean => /\.test\.(ya?ml|json)$/i.test(name);

/** The file itself, or all YAML and JSON files below a folder whose names match. */
export function policyFilesAt(path: string, isWanted: (name: string) => boolean): readonly string[] {
  return withReadErrors(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    return (
      readdirSync(path, { withFileTypes: true })
        // A mounted ConfigMap keeps its versions in `..2026_11_25`, next to the links that count.
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
    // A read of a pipe or a device might never end.
    if (!stats.isFile()) throw new LockstepError('POLICY_UNREADABLE', [path, 'it is no file']);
    if (stats.size > MAX_BYTES)
      throw new LockstepError('POLICY_INVALID', [
        `${path}: is larger than 1 MiB, and a policy has about a page`,
      ]);
    // A file of the kernel has no size, and a read of one can wait for ever.
    return stats.size === 0 ? '' : readFileSync(path, 'utf8');
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
