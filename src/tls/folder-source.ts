import { LockstepError } from '../errors.ts';
import { createServingFiles } from './ca.ts';
import { readServingFiles, servingPaths, writeServingFiles } from './files.ts';
import type { ServingFiles } from './renewal.ts';
import { invalidityReason, leafOf, validateServingFiles } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** A kubelet takes up to a minute to bring a changed Secret; a few seconds more are not felt. Milliseconds. */
const POLL_MS = 5000;
/** What is made into an empty folder is for development: as long as a CA lives. */
const VALIDITY_DAYS = 365;

export interface FolderSourceOptions {
  readonly now: () => Date;
  /** Names and addresses of a certificate that has to be made. */
  readonly names: readonly string[];
  /** Called when the files have changed into something that can't be served with; the last good ones serve on. */
  readonly complain: (error: unknown) => void;
  /** Milliseconds; for tests. */
  readonly poll?: number;
}

/**
 * The certificate in a folder: read now, made there if the folder is empty, and read again when it changes. Throws a LockstepError where it can't
 * be served with.
 */
export async function folderSource(folder: string, options: FolderSourceOptions): Promise<CertificateSource> {
  let files = (await readServingFiles(folder)) ?? (await createInFolder(folder, options));
  validateServingFiles(files, servingPaths(folder), options.now());
  let leaf = leafOf(files);

  /** The content is compared, not the time: a symlink swap of the kubelet and a `cp -p` are changes too. */
  async function refresh(onChange: (files: ServingFiles) => void): Promise<void> {
    const newFiles = await readServingFiles(folder);
    if (newFiles === undefined || areSameFiles(newFiles, files)) return;
    validateServingFiles(newFiles, servingPaths(folder), options.now());
    files = newFiles;
    leaf = leafOf(newFiles);
    onChange(newFiles);
  }

  return {
    current: () => files,
    notReadyReason: (now) => invalidityReason(leaf, now),
    start: (changed) => startPolling(() => refresh(changed), options.complain, options.poll ?? POLL_MS),
  };
}

async function createInFolder(folder: string, { names, now }: FolderSourceOptions): Promise<ServingFiles> {
  const files = await createServingFiles(names, { now: now(), days: VALIDITY_DAYS });
  await writeServingFiles(folder, files);
  return files;
}

function areSameFiles(a: ServingFiles, b: ServingFiles): boolean {
  return a.cert === b.cert && a.ca === b.ca && a.key.equals(b.key);
}

/** One look at a time. Files that are half replaced complain once, and are right the next time. By the code, because a message may tell the time. */
function startPolling(
  check: () => Promise<void>,
  onError: (error: unknown) => void,
  intervalMs: number,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let lastErrorKind = '';
  const scheduleNext = (): void => {
    if (!isStopped) timer = setTimeout(run, intervalMs);
  };
  const run = (): void => {
    check()
      .then(() => {
        lastErrorKind = '';
      })
      .catch((error: unknown) => {
        const kind = error instanceof LockstepError ? error.code : String(error);
        if (kind !== lastErrorKind) onError(error);
        lastErrorKind = kind;
      })
      .finally(scheduleNext);
  };
  scheduleNext();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
