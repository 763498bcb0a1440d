import { randomBytes } from 'node:crypto';
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

/** Where a report goes, piece by piece. */
export interface ReportOutput {
  readonly write: (text: string) => void;
  /** Nothing is at the path before this. */
  readonly close: () => void;
  readonly abandon: () => void;
}

/** Names only, as a report of `lockstep check`. */
const MODE = 0o644;
/** Characters that are gathered for one write. */
const CHUNK_SIZE = 65_536;

/** A file that appears when it is whole; what is no file, /dev/stdout or a pipe, is written to as it is. Each throws UNWRITABLE. */
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
      // To its end: of a disk that is almost full a single write takes a part, and says nothing.
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

/** A link to the file stays one. */
function resolveTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
