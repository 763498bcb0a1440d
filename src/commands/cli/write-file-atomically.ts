import { access, constants, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LockstepError, systemCode } from '../../errors/errors.ts';
import { replaceFile } from '../../replace-file.ts';

/**
 * Writes the whole file or nothing. The mode of the file and a link to it are kept. A pipe or a device such as
 * /dev/stdout is written to directly. Throws UNWRITABLE.
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
      await replaceFile(target, content, before === undefined ? mode : before.mode & 0o7777);
    } else {
      await writeFile(target, content);
    }
  } catch (error) {
    throw new LockstepError('UNWRITABLE', [path, systemCode(error)], error);
  }
}

/** For a command that works for minutes before it writes. Throws UNWRITABLE if no file can be replaced there. */
export async function requireWritable(path: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path);
    const before = await stat(target).catch(() => undefined);
    if (before === undefined || before.isFile()) await access(dirname(target), constants.W_OK);
  } catch (error) {
    throw new LockstepError('UNWRITABLE', [path, systemCode(error)], error);
  }
}
