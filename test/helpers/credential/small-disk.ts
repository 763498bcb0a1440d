import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Test } from 'tap';

export interface SmallDisk {
  readonly folder: string;
  /** Not a byte is left. */
  fill(): void;
  empty(): void;
}

/** Enough for a server that was just made, and little else. */
const SIZE = '120m';

/** A file system in memory, of a small size. Undefined where this user may not mount one. Gone with the test. */
export async function aSmallDisk(t: Test): Promise<SmallDisk | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-disk-'));
  const { failed } = await execa('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'none', folder], {
    reject: false,
  });
  t.teardown(async () => {
    // Lazily, because those who have files open there are just being stopped.
    if (!failed) await execa('umount', ['--lazy', folder], { reject: false });
    rmSync(folder, { recursive: true, force: true });
  });
  if (failed) return undefined;
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    empty: () => rmSync(filler),
  };
}

/** Makes temporary files of `make` in that folder, until its first await. */
export function madeIn<Made>(folder: string, make: () => Made): Made {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
