import { LockstepError } from '../errors.ts';
import { makeServingFiles } from './ca.ts';
import { pathsIn, readServingFiles, writeServingFiles } from './files.ts';
import type { ServingFiles } from './renewal.ts';
import { checkServing, leafOf, outOfTime } from './serving.ts';
import type { CertificateSource } from './source.ts';

/** A kubelet takes up to a minute to bring a changed Secret; a few seconds more are not felt. Milliseconds. */
const POLL = 5000;
/** What is made into an empty folder is for development: as long as a CA lives. */
const DAYS = 365;

export interface FolderNeeds {
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
export async function folderSource(folder: string, needs: FolderNeeds): Promise<CertificateSource> {
  let files = (await readServingFiles(folder)) ?? (await makeInto(folder, needs));
  checkServing(files, pathsIn(folder), needs.now());
  let leaf = leafOf(files);

  /** The content is compared, not the time: a symlink swap of the kubelet and a `cp -p` are changes too. */
  async function refresh(changed: (files: ServingFiles) => void): Promise<void> {
    const found = await readServingFiles(folder);
    if (found === undefined || sameFiles(found, files)) return;
    checkServing(found, pathsIn(folder), needs.now());
    files = found;
    leaf = leafOf(found);
    changed(found);
  }

  return {
    get: () => files,
    ailing: (now) => outOfTime(leaf, now),
    start: (changed) => poll(() => refresh(changed), needs.complain, needs.poll ?? POLL),
  };
}

async function makeInto(folder: string, { names, now }: FolderNeeds): Promise<ServingFiles> {
  const made = await makeServingFiles(names, { now: now(), days: DAYS });
  await writeServingFiles(folder, made);
  return made;
}

function sameFiles(a: ServingFiles, b: ServingFiles): boolean {
  return a.cert === b.cert && a.ca === b.ca && a.key.equals(b.key);
}

/** One look at a time. Files that are half replaced complain once, and are right the next time. By the code, because a message may tell the time. */
function poll(look: () => Promise<void>, complain: (error: unknown) => void, every: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let last = '';
  const again = (): void => {
    if (!stopped) timer = setTimeout(run, every);
  };
  const run = (): void => {
    look()
      .then(() => {
        last = '';
      })
      .catch((error: unknown) => {
        const kind = error instanceof LockstepError ? error.code : String(error);
        if (kind !== last) complain(error);
        last = kind;
      })
      .finally(again);
  };
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
