import { randomBytes } from 'node:crypto';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

/** Of a new file: a manifest may hold secrets, and so may what is made of one. */
const TEMPORARY_FILE_MODE = 0o600;

/**
 * Writes a file wholly or not at all: beside it, then renamed over it. Its mode is kept, and a link to it stays one. What is no file, a pipe or
 * /dev/stdout, is written to as it is. Throws UNWRITABLE.
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
    // Nobody else may read it before it has the mode of the file that it replaces.
    await writeFile(temporaryPath, content, { mode: TEMPORARY_FILE_MODE, flag: 'wx', flush: true });
    await chmod(temporaryPath, mode);
    await rename(temporaryPath, target);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}
