import { join } from 'node:path';
import { execa } from 'execa';
import { isReleaseStale } from '../../test/testbed/lockstep/release.ts';

/** Builds dist/ where it is missing, or older than something that it is built from. Says so before. */
export async function buildIfStale(root: string, say: (line: string) => void): Promise<void> {
  if (!isReleaseStale()) return;
  say('Building the release into dist/.');
  await execa(process.execPath, [join(root, 'scripts', 'build.ts')], { stdio: 'inherit' });
}
