import { randomBytes } from 'node:crypto';
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LockstepError, systemCode } from '../../errors.ts';

/** Where a report goes, piece by piece. */
export interface AuditOutput {
  readonly write: (text: string) => void;
  /** Nothing is at the path before this. */
  readonly close: () => void;
  readonly abandon: () => void;
}

/** Names only, as a report of `lockstep check`. */
const MODE = 0o644;
/** Characters that are gathered for one write. */
const PIECE = 65_536;

/** A file that appears when it is whole; what is no file, /dev/stdout or a pipe, is written to as it is. Each throws UNWRITABLE. */
export function openAuditFile(path: string): AuditOutput {
  const orThrow = <Result>(act: () => Result): Result => {
    try {
      return act();
    } catch (error) {
      throw new LockstepError('UNWRITABLE', [path, systemCode(error)], error);
    }
  };
  const target = targetOf(path);
  const isReplaced = statSync(target, { throwIfNoEntry: false })?.isFile() ?? true;
  const written = isReplaced
    ? join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`)
    : target;
  const file = orThrow(() => openSync(written, isReplaced ? 'wx' : 'w', MODE));
  let pending = '';
  let isOpen = true;
  const abandon = (): void => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(file);
    if (isReplaced) rmSync(written, { force: true });
  };
  const flush = (): void => {
    try {
      // To its end: of a disk that is almost full a single write takes a part, and says nothing.
      orThrow(() => writeFileSync(file, pending));
    } catch (error) {
      abandon();
      throw error;
    }
    pending = '';
  };
  return {
    write: (text) => {
      pending += text;
      if (pending.length >= PIECE) flush();
    },
    close: () => {
      flush();
      isOpen = false;
      orThrow(() => {
        closeSync(file);
        if (isReplaced) renameSync(written, target);
      });
    },
    abandon,
  };
}

/** A link to the file stays one. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
