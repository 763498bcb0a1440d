import { randomBytes } from 'node:crypto';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

/** The temporary file is private: it may hold secrets. */
const TEMPORARY_FILE_MODE = 0o600;

/**
 * Writes the whole file or nothing: it writes a temporary file in the same folder, and renames it. The mode of the file
 * and a link to it are kept. A pipe or a device such as /dev/stdout is written to directly. Throws UNWRITABLE.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const before = await stat(target).catch(() => undefined);
    if (before === undefined || before.isFile()) {
      await writeAndRename(target, content, before === undefined ? mode : before.mode & 0o7777);
    } else {
      await writeFile(target, content);
    }
  } catch (error) {
    throw new LockstepError('UNWRITABLE', [path, systemCode(error)], error);
  }
}

async function writeAndRename(target: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporaryPath = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    // The file stays private until it has the mode of the file that it replaces.
    await writeFile(temporaryPath, content, { mode: TEMPORARY_FILE_MODE, flag: 'wx', flush: true });
    await chmod(temporaryPath, mode);
    await rename(temporaryPath, target);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}
