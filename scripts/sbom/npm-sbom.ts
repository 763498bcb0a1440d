import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundledPackage, PACKAGES_FILE } from '../build/bundled-packages.ts';
import { type Bom, type SystemPackage, sbomOf } from './sbom.ts';

/** The SBOM of the release in `dist`, with the packages of the system around it. Reads package-lock.json. */
export function sbomOfRelease(root: string, dist: string, system: readonly SystemPackage[] = []): Bom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const npm: Bom = JSON.parse(
    execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  );
  const bundled: BundledPackage[] = JSON.parse(readFileSync(join(dist, PACKAGES_FILE), 'utf8'));
  return sbomOf(npm, bundled, system);
}
