import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { execa } from 'execa';
import type { Test } from 'tap';
import { NPM_PACKAGE } from '../../scripts/release/cli-package.ts';
import { ROOT } from '../helpers/cluster/lockstep.ts';

/** A release of this clone, in a folder that goes with the test. `npm run build` has run before. */
export async function aRelease(t: Test): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-release-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  await execa(process.execPath, [join(ROOT, 'scripts', 'release.ts'), folder], { env: { NODE_OPTIONS: '' } });
  return folder;
}

export const npmPackage = (release: string): string => join(release, NPM_PACKAGE);
