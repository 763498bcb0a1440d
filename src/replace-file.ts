import { randomBytes } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The temporary file may hold secrets. It stays private until it has the mode of the file that it replaces. */
const TEMPORARY_FILE_MODE = 0o600;

/**
 * Replaces a file, or creates it, by the rename of a temporary file in the same folder. No reader sees half a file, and
 * a failed write leaves the old file as it was. Throws the error of the system.
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporaryPath = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(temporaryPath, content, { mode: TEMPORARY_FILE_MODE, flag: 'wx', flush: true });
    await chmod(temporaryPath, mode);
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => {});
    throw error;
  }
}
