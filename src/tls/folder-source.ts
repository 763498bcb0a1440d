import { callOnChange } from '../call-on-change.ts';
import { LockstepError } from '../errors/errors.ts';
import { createServingFiles } from './ca.ts';
import { readServingFiles, servingPaths, writeServingFiles } from './files.ts';
import { invalidityReason, leafOf, type ServingFiles, validateServingFiles } from './serving.ts';
import { type CertificateSource, startPolling } from './source.ts';

/** A kubelet takes up to a minute to update a mounted Secret, so a few more seconds don't matter. */
const POLL_MS = 5000;
/** A certificate that lockstep makes in an empty folder is for development. It is valid as long as a CA. */
const VALIDITY_DAYS = 365;

export interface FolderSourceOptions {
  readonly now: () => Date;
  /** Names and addresses for a certificate that lockstep makes. */
  readonly names: readonly string[];
  /** Called when the files have changed and can't be served. The last good files stay in use. */
  readonly complain: (error: unknown) => void;
  /** In milliseconds, for tests. */
  readonly poll?: number;
}

/**
 * The certificate in a folder. It is read at the start, made if the folder is empty, and read again after each change.
 * Throws a LockstepError if it can't be served.
 */
export async function folderSource(folder: string, options: FolderSourceOptions): Promise<CertificateSource> {
  let files = (await readServingFiles(folder)) ?? (await createInFolder(folder, options));
  validateServingFiles(files, servingPaths(folder), options.now());
  let leaf = leafOf(files);

  /** Compares the content, not the time: a symlink swap of the kubelet and a `cp -p` are changes too. */
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
    start: (changed) => {
      const report = errorListener(options.complain);
      const check = (): Promise<void> => refresh(changed).then(() => report(undefined), report);
      return startPolling(check, () => options.poll ?? POLL_MS);
    },
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

/**
 * Half-replaced files are reported once, and are correct at the next poll. The code identifies a report, because its
 * message may contain the time.
 */
const errorListener = (listener: (error: unknown) => void) =>
  callOnChange(
    (error: unknown) => {
      if (error !== undefined) listener(error);
    },
    (error) => (error instanceof LockstepError ? error.code : error && String(error)),
  );
