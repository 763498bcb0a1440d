import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LockstepError, systemCode } from '../errors.ts';

export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** A policy is a page; a larger file is something else, or hostile. */
const LARGEST = 1024 * 1024;

/** Every policy file at the given paths: a file as it is, a folder with all it holds, in the order of the alphabet. */
export async function readPolicyFiles(paths: readonly string[]): Promise<readonly PolicyFile[]> {
  const files: PolicyFile[] = [];
  for (const path of paths) {
    const found = await filesAt(path, (name) => !isCaseFile(name));
    if (found.length === 0) throw new LockstepError('POLICY_EMPTY', [path]);
    for (const file of found) files.push({ path: file, text: await readText(file) });
  }
  return files;
}

/** Cases stand beside the policies that they are about. */
export const isCaseFile = (name: string): boolean => /\.test\.(ya?ml|json)$/i.test(name);

/** The file itself, or of a folder all YAML and JSON files below it with such names. */
export async function filesAt(path: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const nested = await Promise.all(
      entries
        // A mounted ConfigMap keeps its versions in `..2026_11_25` beside the links that count.
        .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((entry) => {
          const child = join(path, entry.name);
          if (entry.isDirectory()) return filesAt(child, isWanted);
          return /\.(ya?ml|json)$/i.test(entry.name) && isWanted(entry.name) ? [child] : [];
        }),
    );
    return nested.flat();
  } catch (error) {
    throw unreadable(path, error);
  }
}

export async function readText(path: string): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  // A pipe or a device would be waited for without end.
  if (!found.isFile()) throw new LockstepError('POLICY_UNREADABLE', [path, 'it is no file']);
  if (found.size > LARGEST)
    throw new LockstepError('POLICY_INVALID', [`${path}: is larger than 1 MiB: a policy is a page`]);
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

function unreadable(path: string, error: unknown): unknown {
  return error instanceof LockstepError
    ? error
    : new LockstepError('POLICY_UNREADABLE', [path, systemCode(error)], error);
}
