import { randomBytes } from 'node:crypto';
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LockstepError, systemCode } from '../../errors/errors.ts';

/** The destination of a report that is written in pieces. */
export interface ReportOutput {
  readonly write: (text: string) => void;
  /** The path holds nothing until this call. */
  readonly close: () => void;
  readonly abandon: () => void;
}

/** The report holds names only, as a report of `lockstep check` does. */
const MODE = 0o644;
/** The number of characters that one write gathers. */
const CHUNK_SIZE = 65_536;

/**
 * A file that appears once it is complete. A pipe or a device such as /dev/stdout is written to directly. Each function
 * throws UNWRITABLE.
 */
export function openReportFile(path: string): ReportOutput {
  const orUnwritable = <Result>(action: () => Result): Result => {
    try {
      return action();
    } catch (error) {
      throw new LockstepError('UNWRITABLE', [path, systemCode(error)], error);
    }
  };
  const target = resolveTarget(path);
  const isRegularFile = statSync(target, { throwIfNoEntry: false })?.isFile() ?? true;
  const writePath = isRegularFile
    ? join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`)
    : target;
  const file = orUnwritable(() => openSync(writePath, isRegularFile ? 'wx' : 'w', MODE));
  let pending = '';
  let isOpen = true;
  const abandon = (): void => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(file);
    if (isRegularFile) rmSync(writePath, { force: true });
  };
  const flush = (): void => {
    try {
      // writeFileSync repeats until all is written. On an almost full disk a single write stores a part and reports no
      // error.
      orUnwritable(() => writeFileSync(file, pending));
    } catch (error) {
      abandon();
      throw error;
    }
    pending = '';
  };
  return {
    write: (text) => {
      pending += text;
      if (pending.length >= CHUNK_SIZE) flush();
    },
    close: () => {
      flush();
      isOpen = false;
      orUnwritable(() => {
        closeSync(file);
        if (isRegularFile) renameSync(writePath, target);
      });
    },
    abandon,
  };
}

/** A link to the file stays a link. */
function resolveTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
